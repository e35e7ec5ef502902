"""Print an answer and write its page: what every verb that answers ends with."""

from pathlib import Path

from ..api import Results
from ..publications import PublicationResults
from ._output import Faults


def show_results(results: Results | PublicationResults, page: Path | None, as_json: bool) -> None:
    """Print the answer, as text or as JSON, then write the page and say where it lies. page: where it is asked for.

    A part that fails costs no other. Raises RunError, after all that could be shown, with what could not.
    """
    faults = Faults()
