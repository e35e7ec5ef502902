"""What a store says of a study and of a trial that failed."""

from typing import NamedTuple

from ..spec import Study, run_key


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


class StoredFailure(NamedTuple):
    """Why a trial failed the last time it was run.

    message: in one line. traceback: where there is one, else "". date: when, in ISO 8601 and UTC.
    """

    message: str
    traceback: str
    date: str
