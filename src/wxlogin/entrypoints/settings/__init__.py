"""What an operator says about one deployment: read once, checked whole, then frozen.

Environment variables come first, then `wxlogin.toml`. Everything wrong is told at once, one line
each. This room is the only one that looks at the environment.
"""

from wxlogin.entrypoints.settings.environment import (
    Loaded,
    hand_down,
    load_settings,
    reader_language,
    traces_wanted,
)
from wxlogin.entrypoints.settings.model import App, Environment, Settings
from wxlogin.entrypoints.settings.problems import Language, Problem, SettingsRefused

__all__ = [
    "App",
    "Environment",
    "Language",
    "Loaded",
    "Problem",
    "Settings",
    "SettingsRefused",
    "hand_down",
    "load_settings",
    "reader_language",
    "traces_wanted",
]
