"""The charts of a judgement's page."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ._charts import Chart, ChartAxis, ChartLine, ChartPanel, band_line, short_numbers
from ._figures import EpochBand
from ._numbers import ScoreScale
from ._row_charts import RowChart, RowValues, row_chart

SEEDS_NAMED = 24  # names of seeds that fit below an axis
SEED_WIDTH = 12  # characters of such a name


class DrawnRuns(NamedTuple):
    """An arm's runs that have a value. ends: low, mean, high; None: no run has a value."""

    label: str
    ends: tuple[float, float, float] | None
    seeds: tuple[str, ...]
    values: tuple[float, ...]


def arms_chart(arms: Sequence[DrawnRuns], scale: ScoreScale) -> RowChart:
    """One row per arm: mean and interval, and a point for each run."""
    rows = []
    for arm in arms:
        numbers = "no value" if arm.ends is None else scale.bare(arm.ends[1])
        ends = None
        if arm.ends is not None:
            low, mean, high = (end * scale.factor for end in arm.ends)
            ends = (low, mean, high)
        runs = tuple((value * scale.factor, seed) for value, seed in zip(arm.values, arm.seeds, strict=True))
        rows.append(RowValues(f"{arm.label}: {numbers}", (arm.label,), arm.label, True, ends, None, runs))
    return row_chart(scale.heading, rows, with_zero=False)


def seeds_chart(seeds: Sequence[str], values: Mapping[str, Sequence[float | None]], scale: ScoreScale) -> Chart:
    """A line for each arm over the seeds. values: by label, one for each seed; None: no run, or none with a value."""
    lines = []
    for label, run in values.items():
        places = [place for place, value in enumerate(run) if value is not None]
        shown = short_numbers([value * scale.factor for value in run if value is not None])
        names = [f"seed {seeds[place]}" for place in places]
        lines.append(ChartLine(label, short_numbers(places), shown, names=names, every=True))
    return Chart([ChartPanel(ChartAxis("seed", ticks=_seed_ticks(seeds)), ChartAxis(), lines, scale.heading)])


def steps_chart(bands: Sequence[EpochBand], factor: int, heading: str) -> Chart:
    """Means against steps with their bands. factor: what values are shown times."""
    return Chart(
        [ChartPanel(ChartAxis("step", whole=True), ChartAxis(), [band_line(band, factor) for band in bands], heading)]
    )


def _seed_ticks(seeds: Sequence[str]) -> tuple[tuple[float, str], ...]:
    """The names of some seeds, evenly apart, each shortened."""
    return tuple((place, _short_seed(seeds[place])) for place in range(0, len(seeds), -(-len(seeds) // SEEDS_NAMED)))


def _short_seed(seed: str) -> str:
    return seed if len(seed) <= SEED_WIDTH else f"{seed[: SEED_WIDTH - 1]}…"
