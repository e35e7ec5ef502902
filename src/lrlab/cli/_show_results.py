"""Print an answer and write its page: what every verb that answers ends with."""

import json
from pathlib import Path

from ..api import Results, StudyInsights, write_index
from ..errors import StudyError
from ..publications import PublicationResults, is_published
from ..report import Faults, json_answer, terminal_answer
from ._output import columns, say


def show_results(
    results: Results | PublicationResults,
    page: Path | None,
    as_json: bool,
    *,
    beyond: bool = False,
    target: float | None = None,
) -> None:
    """Print the answer, as text or as JSON, then write the page and say where it lies.

    page: where it is asked for; beside the store unless given. beyond: what the records tell beyond the answer is
    printed too, as it is where a target is given. A part that fails costs no other.
    Raises RunError, after all that could be shown, with what could not.
    """
    faults = Faults()
    if isinstance(results, Results):
        more = results.insights(target) if beyond or target is not None else None
        _show_study(results, page or results.free_page(), as_json, faults, more)
        if page is None:  # the index links pages that lie where they are looked for
            with faults.apart("the index of all runs"):
                index = write_index(results.store, pages=False)
                if not as_json:
                    say(f"All runs of this store: {index}", whole=True)
    else:
        _show_publication(results, page or results.free_page(), as_json, faults)
    faults.end()


def _show_study(results: Results, page: Path, as_json: bool, faults: Faults, more: StudyInsights | None) -> None:
    if as_json:
        with faults.apart("the answer as JSON"):
            told = {"beyond": more.to_dict()} if more else {}
            print(json.dumps(json_answer(results.findings, faults) | told | {"page": str(page)}, indent=2))
    for part in () if as_json else terminal_answer(results.findings, columns()):
        with faults.apart(part.name):
            if text := part.text():
                say(text, style="bold" if part.strong else "", whole=part.unbroken)
    if more and not as_json:
        with faults.apart("what the records tell beyond the answer"):
            say(more.text(columns()), whole=True)
    with faults.apart(f"the page {page}"):
        results.page(page, target=more.target if more else None)
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


def refuse_published(study: str | None, option: str, instead: str) -> None:
    """Raise StudyError for the name of a published study, for which there is no such option. instead: what there is."""
    if study is not None and is_published(study):
        raise StudyError(f"{option} is for plain studies; {instead}")
