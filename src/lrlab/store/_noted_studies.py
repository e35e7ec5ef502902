"""The studies that a store notes: those that can be read, and why others cannot."""

from collections.abc import Sequence
from typing import NamedTuple

from ..spec import Study
from ._questions import Row
from ._rows import digest
from ._stored import StoredStudy
from ._texts import missing_class, read_text


class UnreadStudy(NamedTuple):
    """A study that is noted and cannot be read. name: the study's. reason: why, and the way out."""

    name: str
    reason: str

    @property
    def words(self) -> str:
        """Which it is, and why it cannot be read."""
        return f"{self.name}: {self.reason}"


def read_studies(rows: Sequence[Row]) -> list[StoredStudy | UnreadStudy]:
    """The studies of these rows (study, data, request, added, name, id, digest), as they came; of equal ones the last.

    Two are equal that are the same run, though their texts differ by a field that a class of the user's own, or a later
    version of lrlab, has more. A digest of None is of a version that noted none.
    """
    newest = {(text, data): place for place, (text, data, *_) in enumerate(rows)}
    noted = [_read_study(*rows[place]) for place in sorted(newest.values())]
    last = {each.identity: place for place, each in enumerate(noted) if isinstance(each, StoredStudy)}
    unread = [place for place, each in enumerate(noted) if isinstance(each, UnreadStudy)]
    return [noted[place] for place in sorted([*last.values(), *unread])]


def _read_study(
    text: str, data: str, request: str, date: str, name: str, place: int, noted: str | None
) -> StoredStudy | UnreadStudy:
    if noted not in (None, digest(place, name, text, data, request, date)):
        return UnreadStudy(name, "it is not what was written there; run it again")
    study = read_text(Study.from_json, text)
    if study is not None:
        return StoredStudy(study, data, request, date)
    return UnreadStudy(name, missing_class(Study.from_json, text) or f"{text!r:.80}; run it again")
