"""Print an answer and write its page: what every verb that answers ends with."""

import json
from pathlib import Path

from ..api import Results
from ..errors import StudyError
from ..publications import PublicationResults, is_published
from ..report import Faults, json_answer, terminal_answer
from ._output import columns, say


def show_results(results: Results | PublicationResults, page: Path | None, as_json: bool) -> None:
    """Print the answer, as text or as JSON, then write the page and say where it lies.

    page: where it is asked for; beside the store unless given. A part that fails costs no other.
    Raises RunError, after all that could be shown, with what could not.
    """
    faults = Faults()
    if isinstance(results, Results):
        _show_study(results, page or results.free_page(), as_json, faults)
    else:
        _show_publication(results, page or results.free_page(), as_json, faults)
    faults.end()


def _show_study(results: Results, page: Path, as_json: bool, faults: Faults) -> None:
    if as_json:
        with faults.apart("the answer as JSON"):
            print(json.dumps(json_answer(results.findings, faults) | {"page": str(page)}, indent=2))
    for part in () if as_json else terminal_answer(results.findings, columns()):
        with faults.apart(part.name):
            if text := part.text():
                say(text, style="bold" if part.strong else "", whole=part.unbroken)
    with faults.apart(f"the page {page}"):
        results.page(page)
        if not as_json:
            say(f"The whole report: {page}", whole=True)


def _show_publication(results: PublicationResults, page: Path, as_json: bool, faults: Faults) -> None:
    with faults.apart("the answer"):
        if as_json:
            print(json.dumps(results.summary() | {"page": str(page), "folder": str(results.folder)}, indent=2))
        else:
            say(results.text(columns()))
    with faults.apart(f"the page {page}"):
        results.page(page)
        if not as_json:
            say(f"\nThe whole report: {page}", whole=True)


def refuse_published(study: str | None) -> None:
    """Raise StudyError for the name of a published study, of which there is no still picture."""
    if study is not None and is_published(study):
        raise StudyError("--png is for plain studies; the figures of a published one lie with its kept results")
