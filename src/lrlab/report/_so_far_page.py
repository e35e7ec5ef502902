"""A study in the middle as a page: a file that needs no script, or what a server shows and renews."""

from pathlib import Path
from typing import Any, NamedTuple

from ..errors import visible
from ..spec import LiveNotes, SoFar, duration, spoken
from ._files import mark, whole_file
from ._run_index import date_words
from ._score_lines import DASHES, ScoreLine, draw_score_lines
from ._so_far_words import running_words, so_far_head, so_far_sentences, so_far_table
from ._styles import label_styles
from ._templates import template_environment

MOST_LINES = 120


class Moment(NamedTuple):
    """A study as it is at a moment. data: the fingerprint of its data. at: when, in ISO 8601.

    notes: what the run says of itself; None: nothing. written: a run goes on. answer: of a finished study, as HTML.
    report: its whole report can be had from where this is shown.
    """

    found: SoFar
    data: str
    at: str
    notes: LiveNotes | None = None
    written: bool = False
    answer: str = ""
    report: bool = False


def write_so_far_page(moment: Moment, path: Path) -> None:
    """Write the page of a study in the middle, whole or not at all. A LabError where it cannot be written."""
    study = moment.found.study
    text = template_environment().get_template("so_far.html")
    with whole_file(path) as draft:
        shown = text.render(body=so_far_body(moment), title=study.name, mark=mark(study, moment.data), live=None)
        draft.write_text(shown, encoding="utf-8")


def so_far_body(moment: Moment) -> str:
    """The middle of the page, as HTML: all that changes."""
    found, study = moment.found, moment.found.study
    notes = moment.notes if moment.written else None
    share = found.stored / max(found.stored + found.missing, 1)
    values: dict[str, Any] = {
        "study": study,
        "budget": spoken(study.budget),
        "key": found.run,
        "at": date_words(moment.at),
        "head": so_far_head(found),
        "sentences": so_far_sentences(found, notes, moment.written),
        "share": 1.0 if found.finished else max(share, notes.share if notes else 0.0),
        "running": running_words(found, notes),
        "took": duration(notes.seconds) if notes else "",
        "said": notes.said if notes else (),
        "table": so_far_table(found),
        "styles": label_styles(study.labels),
        "dashes": DASHES,
        "lines": _draw_trials(found, notes),
        "finished": found.finished,
        "answer": moment.answer,
        "report": moment.report,
        "command": f"lrlab report {found.run}",
    }
    return template_environment().get_template("so_far_body.html").render(**values)


def fault_body(words: str, place: Path) -> str:
    """The middle of the page where there is no run to show, and why."""
    template = template_environment().from_string(
        '<h1>{{ place }}</h1>\n<p class="head" role="status">{{ words }}</p>\n<p class="soft">Looked at again.</p>'
    )
    return template.render(words=visible(words), place=visible(str(place)))


def live_page(body: str, title: str, nonce: str, every: float) -> str:
    """The page that a server shows: its script, which bears the nonce, asks for the middle again so many seconds on."""
    text = template_environment().get_template("so_far.html")
    return text.render(body=body, title=title, mark="live", live={"nonce": nonce, "every": round(1000 * every)})


def _draw_trials(found: SoFar, notes: LiveNotes | None) -> str:
    """The validation scores of the trials of this phase: those that ended thin, those under way strong."""
    running = {each.trial: each.curve for each in notes.running} if notes else {}
    lines = [
        ScoreLine(trial.label, running.get(trial.trial, trial.curve), trial.trial in running)
        for trial in found.trials
        if trial.trial in running or trial.curve
    ]
    lines.sort(key=lambda line: not line.strong)
    percent = found.metric is not None and found.metric.in_percent
    styles = label_styles(found.study.labels)
    return draw_score_lines(lines[:MOST_LINES], styles, 100 if percent else 1, "Validation scores by epoch")
