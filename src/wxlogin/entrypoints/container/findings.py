"""What an examination answers."""

from collections.abc import Mapping

from attrs import field, frozen


@frozen
class Finding:
    """One thing that was tried. `subject` and `word` are stable; `values` fill their text."""

    subject: str
    well: bool
    word: str
    values: Mapping[str, object] = field(factory=dict)
