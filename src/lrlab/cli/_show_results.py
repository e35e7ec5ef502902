"""Print an answer and write its page: what every verb that answers ends with."""

from functools import partial
from pathlib import Path

from ..api import Results, StudyInsights, write_index
from ..errors import StudyError
from ..publications import PublicationResults, is_published
from ..report import Faults, code_part, json_answer, near_path, terminal_answer, verdict_part
from ._output import columns, draws_unicode, print_json, say, say_part

CODE_HINT = " (--code prints the lines to paste)"


def show_results(
    results: Results | PublicationResults,
    page: Path | None,
    as_json: bool,
    *,
    code: bool = False,
    beyond: bool = False,
    target: float | None = None,
    store: Path | None = None,
) -> None:
    """Print the answer, as text or as JSON, and write the page and say where it lies; the verdict stands last again.

    page: where it is asked for; beside the store unless given. code: the lines to paste are printed too. beyond: so is
    what the records tell beyond the answer, as it is where a target is given. A part that fails costs no other.
    store: of a published study, the file that its records went to; None: it was answered from what is kept.
    Raises RunError, after all that could be shown, with what could not.
    """
    faults = Faults()
    if isinstance(results, Results):
        more = results.insights(target) if beyond or target is not None else None
        show = _show_json if as_json else partial(_show_text, code=code)
        show(results, page or results.free_page(), faults, more)
        if page is None:
            _renew_index(near_path(results.store), as_json, faults, results)
        if not as_json:
            say_part(verdict_part(results.findings), faults)
    else:
        _show_publication(results, page or results.free_page(), as_json, faults)
        if page is None and store is not None:
            _renew_index(store, as_json, faults)
        if not as_json:
            with faults.apart("the tally"):
                say(results.tally, style="bold")
    faults.end()


def _renew_index(store: Path, as_json: bool, faults: Faults, results: Results | None = None) -> None:
    """Write the index again, which links pages that lie where they are looked for, and say where it is."""
    with faults.apart("the index of all runs"):
        index = write_index(store, pages=False, results=results)
        if not as_json:
            say(f"All runs of this store: {index}", whole=True)


def _show_json(results: Results, page: Path, faults: Faults, more: StudyInsights | None) -> None:
    with faults.apart("the answer as JSON"):
        told = {"beyond": more.to_dict()} if more else {}
        print_json(json_answer(results.findings, faults) | told | {"page": str(page)})
    with faults.apart(f"the page {page}"):
        results.page(page, target=more.target if more else None)


def _show_text(results: Results, page: Path, faults: Faults, more: StudyInsights | None, *, code: bool) -> None:
    for part in terminal_answer(results.findings, columns(), unicode=draws_unicode()):
        say_part(part, faults)
    if more:
        with faults.apart("what the records tell beyond the answer"):
            say(more.text(columns()), whole=True)
    if code:
        say_part(code_part(results.findings), faults)
    with faults.apart(f"the page {page}"):
        results.page(page, target=more.target if more else None)
        say(f"\nThe whole report: {page}{'' if code else CODE_HINT}", whole=True)


def _show_publication(results: PublicationResults, page: Path, as_json: bool, faults: Faults) -> None:
    with faults.apart("the answer"):
        if as_json:
            print_json(
                results.summary() | {"page": str(page), "folder": str(results.folder and near_path(results.folder))}
            )
        else:
            say(results.tally, style="bold")
            say(results.text(columns()))
    with faults.apart(f"the page {page}"):
        results.page(page)
        if not as_json:
            say(f"\nThe whole report: {page}", whole=True)


def refuse_published(study: str | None, option: str, instead: str) -> None:
    """Raise StudyError for the name of a published study, for which there is no such option. instead: what there is."""
    if study is not None and is_published(study):
        raise StudyError(f"{option} is for plain studies; {instead}")
