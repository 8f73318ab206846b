"""The one reader of the environment, of `wxlogin.toml` and of the files secrets come from.

Why this is not left to typed-settings: docs/decisions/0010-settings-have-a-reader-of-our-own.md.
"""

import os
import tomllib
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from wxlogin.entrypoints.settings.model import App, Settings
from wxlogin.entrypoints.settings.problems import Language, Problem, SettingsRefused, Wrong
from wxlogin.entrypoints.settings.safety import refusals
from wxlogin.entrypoints.settings.values import (
    APP_READERS,
    APP_SECRETS,
    READERS,
    SECRETS,
    Reader,
)

PREFIX = "WXLOGIN_"
TOML = "wxlogin.toml"
_OF_THE_APP = frozenset({"appid", "appsecret", "push_token", "push_aes_key", "open_data"})
# Set by wxlogin's own tests and tools; no setting, and no typing error either.
_NOT_OURS_TO_JUDGE = ("WXLOGIN_TEST_",)


@frozen
class Loaded:
    """Settings that hold, and what an operator should look at all the same."""

    settings: Settings
    warnings: tuple[Problem, ...] = ()


def load_settings(
    environ: Mapping[str, str] | None = None,
    *,
    folder: Path | None = None,
    options: Mapping[str, str] | None = None,
    needs: Collection[str] | None = None,
) -> Loaded:
    """Reads the settings of this process.

    `options` are command-line values by setting name, and win. `needs` names the settings a
    command looks at; what is wrong with others is then left alone.

    Raises:
        SettingsRefused: with everything that is wrong, not just the first.
    """
    world = dict(os.environ) if environ is None else dict(environ)  # noqa: TID251 - the one reader
    for name, text in (options or {}).items():
        world.pop(f"{PREFIX}{name.upper()}_FILE", None)
        world[PREFIX + name.upper()] = text
    reading = _Reading(world, folder or Path.cwd())
    settings = reading.settings()
    problems = [*reading.problems, *_not_told_yet(reading.problems, refusals(settings))]
    if needs is not None:
        wanted = {PREFIX + name.upper() for name in (*needs, "config")}
        problems = [each for each in problems if each.setting in wanted]
    if problems:
        raise SettingsRefused(tuple(problems))
    if not settings.issuer:
        settings = evolve(settings, issuer=settings.address)
    return Loaded(settings, tuple(reading.unknown_variables()))


def hand_down(variables: Mapping[str, str]) -> None:
    """Puts variables into the environment that worker processes will inherit."""
    os.environ.update(variables)  # noqa: TID251 - the one door to the environment


def traces_wanted(environ: Mapping[str, str] | None = None) -> bool:
    """Tells whether OpenTelemetry's own variables name a place to send traces to."""
    world = os.environ if environ is None else environ  # noqa: TID251 - the one reader
    named = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    off = world.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return not off and any(world.get(name) for name in named)


def reader_language(environ: Mapping[str, str] | None = None) -> Language:
    """Answers the language of the person at the terminal, by LC_ALL, LC_MESSAGES and LANG."""
    world = os.environ if environ is None else environ  # noqa: TID251 - the one reader
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if world.get(name):
            return Language.ZH if world[name].lower().startswith("zh") else Language.EN
    return Language.EN


def _not_told_yet(told: Collection[Problem], more: Iterator[Problem]) -> Iterator[Problem]:
    """A setting that could not be read is not missing as well."""
    names = {problem.setting for problem in told}
    apps = {"WXLOGIN_CONFIG", *(PREFIX + name.upper() for name in _OF_THE_APP)}
    if names & apps or any(name.startswith("apps") for name in names):
        names.add("WXLOGIN_APPID")
    return (problem for problem in more if problem.setting not in names)


@frozen
class _Reading:
    """One reading of one world; problems are collected on the way."""

    world: dict[str, str] = field(repr=False)
    folder: Path
    problems: list[Problem] = field(factory=list)

    def settings(self) -> Settings:
        table, where = self._toml()
        values = {
            name: value
            for name, reader in READERS.items()
            if (value := self._value(name, reader, table, where)) is not None
        }
        one = {name: values.pop(name) for name in _OF_THE_APP if name in values}
        self._refuse_unknown(table, {*READERS, "apps"}, SECRETS, where)
        return Settings(apps=self._apps(one, table.get("apps", []), where), **values)

    def unknown_variables(self) -> Iterator[Problem]:
        """Answers variables with our prefix that nobody reads: most likely typing errors."""
        known = {PREFIX + name.upper() for name in (*READERS, "config")}
        known |= {f"{PREFIX}{name.upper()}_FILE" for name in SECRETS}
        for name in sorted(self.world):
            ours = name.startswith(PREFIX) and not name.startswith(_NOT_OURS_TO_JUDGE)
            if ours and name not in known:
                yield _unknown(name, known)

    def _toml(self) -> tuple[dict[str, Any], str]:
        named = self.world.get("WXLOGIN_CONFIG")
        path = self.folder / (named or TOML)
        if not named and not path.exists():
            return {}, path.name
        try:
            # Notepad writes a byte order mark, which is no TOML.
            return tomllib.loads(path.read_text(encoding="utf-8-sig")), path.name
        except OSError as failure:
            self._problem("WXLOGIN_CONFIG", "file_unreadable", path=path, reason=failure.strerror)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failure:
            # A decoding error could quote a secret; a place never does.
            reason = str(failure) if isinstance(failure, tomllib.TOMLDecodeError) else "UTF-8"
            self._problem("WXLOGIN_CONFIG", "toml_broken", path=path, reason=reason)
        return {}, path.name

    def _value(self, name: str, reader: Reader, table: Mapping[str, Any], where: str) -> Any:
        variable = PREFIX + name.upper()
        secret = name in SECRETS
        text = self._said(variable, self.world.get, secret=secret, suffix="_FILE")
        place = ""
        if text is None:
            place = where
            text = self._said(name, _texts(table), secret=secret, suffix="_file", at=variable)
        return None if text is None else self._read(variable, reader, text, place)

    def _said(self, name: str, get: Any, *, secret: bool, suffix: str, at: str = "") -> str | None:
        """Answers what was said under a name, directly or by a file; empty means nothing."""
        try:
            text = get(name) or None
            path = (get(name + suffix) or None) if secret else None
        except Wrong as wrong:
            self._problem(at or name, wrong.code)
            return None
        if "\0" in f"{text}{path}":
            self._problem(at or name, "spaces")
            return None
        if path is None:
            return text
        if text is not None:
            self._problem(at or name, "twice", other=name + suffix)
            return None
        return self._from_file(at or name, self.folder / path)

    def _from_file(self, name: str, path: Path) -> str | None:
        try:
            text = path.read_text(encoding="utf-8-sig").strip()
        except OSError as failure:
            self._problem(name, "file_unreadable", path=path, reason=failure.strerror)
            return None
        except UnicodeDecodeError:
            self._problem(name, "file_unreadable", path=path, reason="UTF-8")
            return None
        if not text:
            self._problem(name, "file_empty", path=path)
            return None
        return text

    def _read(self, name: str, reader: Reader, text: str, place: str = "") -> Any:
        try:
            return reader(text)
        except Wrong as wrong:
            self.problems.append(Problem(name, wrong.code, wrong.values, place))
            return None

    def _apps(self, one: dict[str, Any], tables: Any, where: str) -> tuple[App, ...]:
        told = {problem.setting for problem in self.problems}
        found = list(self._the_one_app(one, told))
        if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
            self._problem("apps", "toml_apps", place=where)
            return tuple(found)
        for at, table in enumerate(tables, start=1):
            app = self._app(table, f"apps[{at}]", where)
            if app is None:
                continue
            if any(app.appid == other.appid for other in found):
                self._problem(f"apps[{at}]", "app_twice", place=where, appid=app.appid)
            found.append(app)
        return tuple(found)

    def _the_one_app(self, one: Mapping[str, Any], told: Collection[str]) -> Iterator[App]:
        pairs = [
            ("appid", "appsecret", one.keys() - {"appid"}),
            ("appsecret", "appid", one.keys() & {"appid"}),
            ("push_token", "push_aes_key", one.keys() & {"push_aes_key"}),
        ]
        missing = False
        for name, other, needing in pairs:
            variable = PREFIX + name.upper()
            if needing and name not in one:
                missing = True
                if variable not in told:
                    source = other if other in needing else min(needing)
                    self._problem(variable, "needed_with", other=PREFIX + source.upper())
        if one and not missing:
            rest = {name: one[name] for name in one.keys() - {"appid", "appsecret"}}
            yield App(one["appid"], one["appsecret"], **rest)

    def _app(self, table: dict[str, Any], at: str, where: str) -> App | None:
        before = len(self.problems)
        self._refuse_unknown(table, APP_READERS, APP_SECRETS, where, at=f"{at}.")
        values: dict[str, Any] = {}
        for name, reader in APP_READERS.items():
            text = self._said(
                name, _texts(table), secret=name in APP_SECRETS, suffix="_file", at=f"{at}.{name}"
            )
            if text is not None:
                values[name] = self._read(f"{at}.{name}", reader, text, where)
        if len(self.problems) == before:
            for name in ("appid", "secret"):
                if name not in values:
                    self._problem(f"{at}.{name}", "missing", place=where)
            if "push_aes_key" in values and "push_token" not in values:
                self._problem(f"{at}.push_token", "needed_with", place=where, other="push_aes_key")
        return App(**values) if len(self.problems) == before else None

    def _refuse_unknown(
        self,
        table: Mapping[str, Any],
        names: Collection[str],
        secrets: Collection[str],
        where: str,
        at: str = "",
    ) -> None:
        known = {*names, *(f"{name}_file" for name in secrets)}
        for name in table:
            if name not in known:
                self.problems.append(evolve(_unknown(name, known, at), where=where))

    def _problem(self, setting: str, code: str, *, place: str = "", **values: object) -> None:
        self.problems.append(Problem(setting, code, values, place))


def _unknown(name: str, known: Collection[str], at: str = "") -> Problem:
    near = get_close_matches(name, known, n=1)
    if not near:
        return Problem(at + name, "unknown")
    return Problem(at + name, "unknown_near", {"near": near[0]})


def _texts(table: Mapping[str, Any]) -> Any:
    """Answers a reader of a TOML table that makes text of what a person may have meant as one."""

    def get(name: str) -> str | None:
        match table.get(name):
            case None:
                return None
            case bool() as yes:
                return "on" if yes else "off"
            case str() | int() | float() as plain:
                return str(plain)
            case list() as parts if all(isinstance(part, str) for part in parts):
                return ",".join(parts)
        raise Wrong("toml_type")

    return get
