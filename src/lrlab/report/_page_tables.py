"""The tables of a study's page behind its figures: what was tried, by class, settings, cost, versions."""

from ..measures import MEASURES
from ..spec import RungCheck, StudyResults, each_once, spoken
from ._field_words import flat_fields, provenance_table, shown_optimizer_fields
from ._figures import ArmClassScores, totals
from ._numbers import ScoreScale, decimal_duration, scale_of
from ._words import TextTable, candidate_score, chosen_word, join_names

OF_TASKS = ("optimizer", "batch_size", "evaluate_every", "precision", "watch")  # of these own loops know nothing


def candidates_table(results: StudyResults) -> TextTable:
    """What was tried for each arm and how it did on validation data; no lines where nothing was tuned."""
    scale = scale_of(results)
    rows = [
        (choice.label, tried, candidate_score(choice, place, results.study, scale), chosen_word(choice, place))
        for choice in results.choices
        for place, tried in enumerate(choice.tried[: len(choice.scores)])
    ]
    return TextTable(("arm", "candidate", f"validation {scale.heading}", ""), tuple(rows))


def class_table(scores: ArmClassScores, scale: ScoreScale) -> TextTable:
    """One line per class, then the averages."""
    columns = (scores.precision.tolist(), scores.recall.tolist(), scores.f1.tolist())
    lines = [(str(number), *values) for number, values in enumerate(zip(*columns, strict=True))]
    lines += [("macro average", *scores.macro), ("weighted average", *scores.weighted)]
    support = [*scores.support.tolist(), *[scores.support.sum()] * 2]
    headings = (MEASURES[name].column(scale.factor == 100) for name in ("precision", "recall", "f1"))
    return TextTable(
        ("class", *headings, "examples"),
        tuple((name, *map(scale.share, values), f"{n:,}") for (name, *values), n in zip(lines, support, strict=True)),
    )


def settings_table(results: StudyResults) -> TextTable:
    """Every field of the study, defaults filled in."""
    study = results.study
    filled = study.to_dict() | {"schedules": [str(schedule) for schedule in study.schedules]}
    filled |= {"optimizer": shown_optimizer_fields(study.optimizer)}
    filled |= {"arms": [f"{arm.label}: {join_names(study.candidate_words(arm))}" for arm in study.arms]}
    filled |= {"baseline": study.reference, "budget": spoken(study.budget)}
    if study.arms and all(candidate.optimizer for arm in study.arms for candidate in arm.candidates):
        del filled["optimizer"]  # no trial had it
    if results.own_loop:
        filled = {name: value for name, value in filled.items() if name not in OF_TASKS}
    return TextTable(("field", "value"), tuple(flat_fields(filled)))


def costs_table(results: StudyResults) -> TextTable:
    costs = totals(results)
    times = [
        ("optimization", decimal_duration(costs.train_seconds)),
        ("validation and test", decimal_duration(costs.evaluate_seconds)),
    ]
    if results.own_loop:
        times = [("the loop, all that it does", decimal_duration(costs.train_seconds + costs.evaluate_seconds))]
    return TextTable(
        ("what", "how much"),
        (
            ("trials, tuning phase", f"{costs.tuned:,}"),
            ("trials, confirm phase", f"{costs.confirmed:,}"),
            *([("trials, rivals", f"{costs.rivals:,}")] if costs.rivals else []),
            ("diverged trials", f"{costs.diverged:,}"),
            ("collapsed trials, which ended near chance", f"{costs.collapsed:,}"),
            ("updates", f"{costs.updates:,}"),
            *times,
        ),
    )


def versions_table(results: StudyResults) -> TextTable:
    """Where the records come from."""
    records = results.tuned + results.confirmed + results.rivals
    return provenance_table(each_once(record.provenance for record in records))


def rungs_table(checks: tuple[RungCheck, ...]) -> TextTable:
    """Where settings stop, and how many final winners a pilot would have lost there."""
    rows = tuple(
        (
            each.rung,
            str(each.epoch),
            f"{each.lost} of {each.races}" if each.races else "not asked",
            "yes" * each.on or "no",
        )
        for each in checks
    )
    return TextTable(("rung", "after epoch", "winners lost", "stops there"), rows)
