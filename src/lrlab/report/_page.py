"""A study's results as one HTML file that needs nothing else."""

from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import LabError
from ..rules import Rule
from ..spec import Noun, StudyResults, counted, dump_study, spoken
from ._figures import (
    ClassScores,
    EpochBand,
    Measure,
    class_scores,
    epoch_bands,
    peak_scores,
    totals,
    turned,
    used_rates,
)
from ._files import mark, whole_file
from ._ink import Picture, differences_picture, epochs_picture, peaks_picture, rates_picture
from ._looks import looks
from ._numbers import Scale, decimal_duration, is_the_loss, plain, probability, rate, scale_of
from ._paste import lines_to_paste, record_to_use
from ._words import (
    Table,
    answer,
    candidate_score,
    chosen_word,
    claim_sentence,
    claimed_first,
    listed,
    optimizers,
    table,
)

if TYPE_CHECKING:
    import jinja2

MEASURES: dict[str, Measure] = {
    "Training loss": "train_loss",
    "Validation loss": "validation_loss",
    "Training score": "train_score",
    "Validation score": "validation_score",
}


class Figure(NamedTuple):
    """A figure of the page. caption: what to look for; alt: what it shows; numbers: the same as a table."""

    name: str
    title: str
    caption: str
    alt: str
    picture: Picture
    numbers: Table
    log: bool = False


def write_page(results: StudyResults, path: Path | str) -> None:
    """Write the report: answer, table, figures, settings, costs and versions. A LabError where it cannot be written.

    The file holds its own script and style, asks no network, and is written whole or not at all. The same results give
    the same bytes.
    """
    with whole_file(Path(path)) as draft:
        draft.write_text(page(results), encoding="utf-8")


def page(results: StudyResults) -> str:
    """The report as text."""
    from plotly.offline import get_plotlyjs

    template = house().get_template("page.html")
    figures = _figures(results)
    return template.render(
        study=results.study,
        mark=mark(results.study, results.confirmed[0].trial.data),
        budget=spoken(results.study.budget),
        optimizers=optimizers(results),
        answer=answer(results),
        leader=results.leader,
        claims=[(bool(claim.verdict), claim_sentence(claim, results)) for claim in claimed_first(results)],
        table=table(results),
        edges=any(row.at_edge for row in results.rows),
        seeds=counted(len(results.study.confirm.seeds), "seed"),
        use=_use(results),
        paste=_paste(results),
        looks=looks(results.study.labels),
        figures=figures,
        pictures={figure.name: figure.picture._asdict() for figure in figures},
        classes=[(scores.label, _class_table(scores, scale_of(results))) for scores in class_scores(results)],
        candidates=_candidates(results),
        settings=_settings(results),
        study_file=dump_study(results.study),
        counts=_counts(results),
        versions=_versions(results),
        plotly=get_plotlyjs(),
    )


def _use(results: StudyResults) -> str:
    """What the lines to paste are of."""
    record = record_to_use(results)
    if record is None:
        return ""
    label, trial = results.study.label_of(record.trial), record.trial
    return f"{label} at peak {rate(trial.peak)} with {trial.optimizer.name}"


def _paste(results: StudyResults) -> str:
    """The lines to paste, or why there are none."""
    try:
        return lines_to_paste(results)
    except LabError as error:
        return f"# {error}"


def house(*rooms: str) -> "jinja2.Environment":
    """The templates of this room and of others, by their packages, in one style.

    What is missing is an error, what is shown is escaped.
    """
    import jinja2

    def read(name: str) -> str:
        files = [resources.files(room).joinpath(name) for room in ("lrlab.report", *rooms)]
        return next((file for file in files if file.is_file()), files[0]).read_text("utf-8")

    return jinja2.Environment(
        loader=jinja2.FunctionLoader(read),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _figures(results: StudyResults) -> list[Figure]:
    found = [_rates_figure(results), _epochs_figure(results)]
    if results.study.schedules:
        found.append(_peaks_figure(results))
    return [*found, _differences_figure(results)] if results.claims else found


def _rates_figure(results: StudyResults) -> Figure:
    curves = used_rates(results)
    places = ("first", "at 25 %", "at 50 %", "at 75 %", "last")
    rows = [
        (curve.label, *(rate(curve.rates[round(share * (len(curve.rates) - 1))]) for share in (0, 0.25, 0.5, 0.75, 1)))
        for curve in curves
    ]
    return Figure(
        "rates",
        "Learning rates",
        "Each schedule at the peak chosen for it: look at where the rate is highest and how it ends."
        + (" A rule's rates are those of the first confirm seed." if _has_rules(results) else ""),
        f"Lines: learning rate against update for {counted(len(curves), 'schedule')}.",
        rates_picture(curves, looks(results.study.labels)),
        Table(("schedule", *places), tuple(rows)),
        log=True,
    )


def _has_rules(results: StudyResults) -> bool:
    return any(isinstance(record.trial.schedule, Rule) for record in results.confirmed)


def _epochs_figure(results: StudyResults) -> Figure:
    panels = _panels(results)
    labels = results.study.labels
    rows = [
        (label, *(_last(bands[place], scale) for bands, scale in panels.values())) for place, label in enumerate(labels)
    ]
    named = {title: bands for title, (bands, _) in panels.items()}
    return Figure(
        "epochs",
        "Learning curves",
        f"Means over {counted(len(results.study.confirm.seeds), 'confirm seed')} with their 95 % bands: look at where "
        "curves part, and at training and validation drifting apart. A diverged seed ends where it diverged.",
        f"Panels of lines against epoch: {', '.join(panels).lower()}, for {counted(len(labels), 'schedule')}.",
        epochs_picture(named, {title: scale for title, (_, scale) in panels.items()}, looks(labels)),
        Table(("schedule", *(f"last {title[0].lower()}{title[1:]}" for title in panels)), tuple(rows)),
    )


def _panels(results: StudyResults) -> dict[str, tuple[tuple[EpochBand, ...], Scale | None]]:
    """Every measure that was taken, by its title, with the scale of a score. A metric that is the loss stands once."""
    scale, found = scale_of(results), {}
    for title, name in MEASURES.items():
        bands, is_score = epoch_bands(results, name), name.endswith("score")
        if any(len(band.epochs) for band in bands) and not (is_score and is_the_loss(results)):
            found[title.replace("score", scale.heading)] = bands, scale if is_score else None
    return found


def _last(band: EpochBand, scale: Scale | None) -> str:
    if not len(band.mean):
        return ""
    return scale.bare(band.mean[-1]) if scale else plain(band.mean[-1])


def _peaks_figure(results: StudyResults) -> Figure:
    scale, found = scale_of(results), peak_scores(results)
    peaks = sorted({peak for scores in found for peak in scores.peaks.tolist()})
    rows = []
    for scores in found:
        mean = dict(zip(scores.peaks.tolist(), scores.scores.tolist(), strict=True))
        cells = [scale.bare(mean[peak]) if peak in mean else "" for peak in peaks]
        rows.append((scores.label, *cells, rate(scores.chosen[0]), str(len(scores.diverged))))
    return Figure(
        "peaks",
        "Validation score by peak",
        "The tuning phase: look at how wide each top is. A star is the peak chosen, a small point one trial, a cross a "
        "trial that diverged (scored untrained).",
        f"Lines: mean validation {scale.name} against peak rate for {counted(len(found), 'schedule')}; the chosen peak "
        "is marked.",
        peaks_picture(found, looks(results.study.labels), scale),
        Table(("schedule", *(f"at {rate(peak)}" for peak in peaks), "chosen", "diverged"), tuple(rows)),
    )


def _candidates(results: StudyResults) -> Table:
    """What was tried for each arm and how it did on validation data; no lines where nothing was tuned."""
    scale = scale_of(results)
    rows = [
        (choice.label, tried, candidate_score(choice, place, results.study, scale), chosen_word(choice, place))
        for choice in results.choices
        for place, tried in enumerate(choice.tried[: len(choice.scores)])
    ]
    return Table(("arm", "candidate", f"validation {scale.heading}", ""), tuple(rows))


def _differences_figure(results: StudyResults) -> Figure:
    scale = scale_of(results)
    answers = [turned(claim, results.metric) for claim in results.claims]
    header = ("first", "second", "advantage", "95 % interval", "p", "adjusted p", "seeds", "visible")
    rows = tuple(
        (
            found.first,
            found.second,
            scale.difference(found.advantage),
            scale.between(found.low, found.high),
            probability(claim.p),
            probability(claim.adjusted_p),
            str(claim.seeds),
            "none" if claim.smallest_visible is None else scale.difference(claim.smallest_visible),
        )
        for claim, found in zip(results.claims, answers, strict=True)
    )
    return Figure(
        "differences",
        "Paired differences",
        "One line per question, on the same seeds: right of zero the first is better. Filled and in colour: claimed; "
        "open and grey: not separated, whichever side it lies on.",
        "Points with 95 % intervals: the advantage of the first over the second for "
        f"{counted(len(answers), 'question')}.",
        differences_picture(answers, looks(results.study.labels), scale),
        Table(header, rows),
    )


def _class_table(scores: ClassScores, scale: Scale) -> Table:
    """One line per class, then the averages."""
    columns = (scores.precision.tolist(), scores.recall.tolist(), scores.f1.tolist())
    lines = [(str(number), *values) for number, values in enumerate(zip(*columns, strict=True))]
    lines += [("macro average", *scores.macro), ("weighted average", *scores.weighted)]
    support = [*scores.support.tolist(), *[scores.support.sum()] * 2]
    unit = " (%)" if scale.factor == 100 else ""
    return Table(
        ("class", f"precision{unit}", f"recall{unit}", f"F1{unit}", "examples"),
        tuple((name, *map(scale.share, values), f"{n:,}") for (name, *values), n in zip(lines, support, strict=True)),
    )


def _settings(results: StudyResults) -> Table:
    """Every field of the study, defaults filled in."""
    study = results.study
    filled = study.to_dict() | {"schedules": [str(schedule) for schedule in study.schedules]}
    filled |= {"arms": [f"{arm.label}: {listed(study.told_apart(arm))}" for arm in study.arms]}
    filled |= {"baseline": study.reference, "budget": spoken(study.budget)}
    if study.arms and all(candidate.optimizer for arm in study.arms for candidate in arm.candidates):
        del filled["optimizer"]  # no trial had it
    return Table(("field", "value"), tuple(_flat(filled)))


def _flat(fields: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _counts(results: StudyResults) -> Table:
    found = totals(results)
    return Table(
        ("what", "how much"),
        (
            ("trials, tuning phase", f"{found.tuned:,}"),
            ("trials, confirm phase", f"{found.confirmed:,}"),
            ("diverged trials", f"{found.diverged:,}"),
            ("collapsed trials, which ended near chance", f"{found.collapsed:,}"),
            ("updates", f"{found.updates:,}"),
            ("optimization", decimal_duration(found.train_seconds)),
            ("validation and test", decimal_duration(found.evaluate_seconds)),
        ),
    )


def _versions(results: StudyResults) -> Table:
    """Each field of the records' provenance; more than one value where records come from several machines."""
    told: list[Noun] = [record.provenance for record in results.tuned + results.confirmed]
    fields = type(told[0]).model_fields
    values = {name: dict.fromkeys(str(getattr(one, name)) for one in told) for name in fields}
    return Table(("what", "value"), tuple((name, ", ".join(found)) for name, found in values.items()))
