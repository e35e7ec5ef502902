"""Print an answer and write its page: what every verb that answers ends with."""

import json
from pathlib import Path

from ..api import Results
from ..publications import PublicationResults
from ..report import Faults, json_answer, terminal_answer
from ._output import columns, say


def show_results(results: Results | PublicationResults, page: Path | None, as_json: bool) -> None:
    """Print the answer, as text or as JSON, then write the page and say where it lies. page: where it is asked for.

    A part that fails costs no other. Raises RunError, after all that could be shown, with what could not.
    """
    faults = Faults()
    if isinstance(results, Results):
        _show_study(results, page, as_json, faults)
    else:
        _show_publication(results, page, as_json, faults)
    faults.end()


def _show_publication(results: PublicationResults, page: Path | None, as_json: bool, faults: Faults) -> None:
    raise NotImplementedError


def _show_study(results: Results, page: Path | None, as_json: bool, faults: Faults) -> None:
    place = page or results.free_page()
    if as_json:
        with faults.apart("the answer as JSON"):
            print(json.dumps(json_answer(results.findings, faults) | {"page": str(place)}, indent=2))
    else:
        for part in terminal_answer(results.findings, columns()):
            with faults.apart(part.name):
                if text := part.text():
                    say(text, style="bold" if part.strong else "", whole=part.unbroken)
    with faults.apart(f"the page {place}"):
        results.page(place)
        if not as_json:
            say(f"The whole report: {place}", whole=True)
