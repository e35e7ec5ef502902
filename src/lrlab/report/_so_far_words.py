"""A study in the middle, in words: how far it is, what is being decided, what is decided. Never an answer."""

from ..spec import LiveNotes, QuestionSoFar, SoFar, counted, duration
from ._numbers import fixed, plain, rate
from ._words import TextTable, join_names

DECIDES_PEAK = "which peak is taken for each schedule, by validation data; no test score is looked at"
PHASES = {
    "tune": ("Tuning", DECIDES_PEAK),
    "tune beyond the edge": ("Tuning beyond the edge of the grid", DECIDES_PEAK),
    "tune between peaks": ("Tuning between the peaks tried", DECIDES_PEAK),
    "tune the best": ("Tuning, the best on further seeds", DECIDES_PEAK),
    "confirm": ("Confirming on fresh seeds", "which schedule is better, each at the peak that was chosen"),
    "confirm rivals": (
        "Confirming other peaks",
        "whether what was found is one of schedules, or of the peaks that happened to be chosen",
    ),
}
MOST_NAMED = 6


def so_far_head(found: SoFar) -> str:
    """The first sentence: that it is in the middle, and how far."""
    if found.finished:
        return f"Finished: {counted(found.stored, 'trial')}."
    return f"In the middle: {found.stored:,} of about {counted(found.stored + found.missing, 'trial')} have ended."


def so_far_sentences(found: SoFar, notes: LiveNotes | None, written: bool) -> list[str]:
    """What is under way, what it decides, what is decided, what went wrong. written: a run writes the store by now.

    notes: what that run says of itself; None: nothing.
    """
    if found.finished:
        return ["Something writes to the store: this run is about to end, or another begins."] if written else []
    phase, decides = PHASES.get(found.phase, (found.phase, ""))
    left = f", about {duration(notes.left)} left" if written and notes and notes.left is not None else ""
    sentences = [f"{phase}: {found.ended:,} of {counted(found.phase_trials, 'trial')} of this phase{left}."]
    if not written:
        sentences.append("No run is going on: the same command goes on from here.")
    if decides:
        sentences.append(f"Being decided: {decides}.")
    sentences += _question_sentences(found)
    for first in found.failures[:1]:
        more = len(found.failures) - 1
        sentences.append(f"Failed: {first}{f' and {more} more' if more else ''}.")
    return sentences


def _question_sentences(found: SoFar) -> list[str]:
    """Which questions are decided, and when the others are looked at."""
    if not found.questions:
        return ["No question is decided yet."]
    decided = [question for question in found.questions if question.better or question.within]
    given_up = sum(question.look is not None and question not in decided for question in found.questions)
    still_open = len(found.questions) - len(decided) - given_up
    parts = [question_words(question) for question in decided[:MOST_NAMED]]
    parts += [f"{len(decided) - MOST_NAMED} more"] * (len(decided) > MOST_NAMED)
    sentences = [f"{len(decided)} of {counted(len(found.questions), 'question')} decided: {'; '.join(parts)}."]
    if not decided:
        sentences = ["No question is decided yet."]
    if given_up:
        sentences.append(f"{given_up} given up as hardly to be decided.")
    coming = next((look for look in found.looks if look > found.reached), None)
    if still_open and coming is not None and found.phase == "confirm":
        sentences.append(
            f"{still_open} open, looked at when {counted(coming, 'seed')} of each have ended, of {found.looks[-1]} at "
            "most; scores before that decide nothing, and are not shown."
        )
    return sentences


def question_words(question: QuestionSoFar) -> str:
    """What a look says of a question."""
    seeds = f" ({counted(question.look, 'seed')})" if question.look else ""
    if question.better:
        worse = question.a if question.better == question.b else question.b
        return f"{question.better} is better than {worse}{seeds}"
    return f"{question.a} and {question.b} lie within the margin{seeds}"


def so_far_table(found: SoFar) -> TextTable:
    """A line for each schedule: what was tried, the best of it by validation data, the chosen peak, seeds confirmed."""
    seeds, name = len(found.study.confirm.seeds), found.metric.title if found.metric else "score"
    head = ("schedule", "settings tried", "best peak so far", f"validation {name}", "chosen peak", "fresh seeds")
    peaks = {peak for arm in found.arms for peak in (arm.best_peak, arm.chosen) if peak is not None}
    rows = [
        (
            arm.label,
            str(arm.tried),
            "" if arm.best_peak is None else rate(arm.best_peak, peaks),
            "" if arm.best_score is None else score_words(found, arm.best_score),
            "" if arm.chosen is None else rate(arm.chosen, peaks),
            f"{arm.confirmed} of {seeds}",
        )
        for arm in found.arms
    ]
    return TextTable(head, tuple(rows))


def score_words(found: SoFar, score: float) -> str:
    """A validation score with its unit: a share in per cent."""
    if found.metric and found.metric.in_percent:
        return f"{fixed(100 * score, 1)} %"
    return f"{plain(score)} {found.metric.shown_unit if found.metric else ''}".rstrip()


def running_words(found: SoFar, notes: LiveNotes | None) -> str:
    """Which trials are under way."""
    if notes is None or not notes.running:
        return ""
    labels = {trial.trial: trial.label for trial in found.trials}
    named = list(dict.fromkeys(labels[each.trial] for each in notes.running if each.trial in labels))
    more = [f"{len(named) - MOST_NAMED} more"] * (len(named) > MOST_NAMED)
    shown = [*named[:MOST_NAMED], *more]
    return f"{counted(notes.count, 'trial')} under way{': ' * bool(named)}{join_names(shown) if shown else ''}."
