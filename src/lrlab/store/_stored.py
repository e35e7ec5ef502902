"""What a store says of a study and of a trial that failed."""

from typing import NamedTuple

from ..spec import Study, run_key
from ._rows import now


class StoredStudy(NamedTuple):
    """A study that was run here.

    data: the fingerprint of its task's data. request: what was asked for, in the user's words; "" where a whole study
    was. date: when it was last run, in ISO 8601 and UTC; filled in when it is noted.
    """

    study: Study
    data: str
    request: str
    date: str = ""

    @property
    def name(self) -> str:
        """The study's name."""
        return self.study.name

    @property
    def key(self) -> str:
        """The run's short name."""
        return run_key(self.study, self.data)

    @property
    def identity(self) -> tuple[str, str]:
        """What makes two notes the same run, however their texts were written: the study's key, and the data."""
        return self.study.key, self.data

    @property
    def values(self) -> tuple[str, str, str, str, str]:
        """Name, study, data, request and time, as they are written; the time is now where there is none."""
        return self.study.name, self.study.to_json(), self.data, self.request, self.date or now()


class StoredFailure(NamedTuple):
    """Why a trial failed the last time it was run.

    message: in one line. traceback: where there is one, else "". date: when, in ISO 8601 and UTC.
    """

    message: str
    traceback: str
    date: str
