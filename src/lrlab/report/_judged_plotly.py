"""The figures of a judgement's page as Plotly takes them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ._figures import EpochBand
from ._numbers import ScoreScale
from ._plotly_parts import (
    TITLE_WIDTH,
    PlotlyFigure,
    PlotlyJson,
    band_traces,
    escape_tags,
    interval_trace,
    line_axis,
    line_trace,
    note_above,
    plotly_figure,
    short_numbers,
    value_axis,
    with_room,
    wrap_label,
)
from ._styles import LabelStyle

SEEDS_NAMED = (24, 6)  # names of seeds that fit below an axis, wide and narrow
SEED_WIDTH = 12  # characters of such a name


class DrawnRuns(NamedTuple):
    """An arm's runs that have a value. ends: low, mean, high; None: no run has a value."""

    label: str
    ends: tuple[float, float, float] | None
    seeds: tuple[str, ...]
    values: tuple[float, ...]


def arms_picture(arms: Sequence[DrawnRuns], styles: Mapping[str, LabelStyle], scale: ScoreScale) -> PlotlyFigure:
    """One line per arm: mean and interval, and a point for each run below."""
    data, notes, short_notes = [], [], []
    for place, arm in enumerate(arms):
        color = styles[arm.label].color
        numbers = "no value" if arm.ends is None else scale.bare(arm.ends[1])
        notes.append(note_above(f"{arm.label}: {numbers}", place, 120))
        short_notes.append(note_above(f"{arm.label}: {numbers}", place, 36))
        if arm.ends is None:
            continue
        low, mean, high = (end * scale.factor for end in arm.ends)
        hover = f"{escape_tags(arm.label)}<br>{numbers} ({scale.between(arm.ends[0], arm.ends[2])})"
        data.append(interval_trace((low, mean, high), place, color, hover, full=True))
        data.append(_runs_trace(arm, place + 0.24, color, scale.factor))
    shown = [value * scale.factor for arm in arms for value in (*arm.values, *(arm.ends or ()))]
    layout = {
        "xaxis": value_axis(wrap_label(scale.heading, TITLE_WIDTH), range=with_room(shown)),
        "yaxis": line_axis(len(arms)),
        "annotations": notes,
    }
    height = 60 * len(arms) + 20
    return plotly_figure(data, layout, [], plot=(height, height), narrow={"annotations": short_notes})


def seeds_picture(
    seeds: Sequence[str],
    values: Mapping[str, Sequence[float | None]],
    styles: Mapping[str, LabelStyle],
    scale: ScoreScale,
) -> PlotlyFigure:
    """A line for each arm over the seeds. values: by label, one for each seed; None: no run, or none with a value."""
    data = []
    for label, run in values.items():
        places = [place for place, value in enumerate(run) if value is not None]
        shown = [value * scale.factor for value in run if value is not None]
        hover = f"{escape_tags(scale.heading)} %{{y:.5g}}, seed %{{text}}"
        trace = line_trace(label, styles[label], places, shown, hover)
        marker = {"symbol": styles[label].mark, "size": 6}
        names = [escape_tags(seeds[place]) for place in places]
        data.append(trace | {"mode": "lines+markers", "marker": marker, "text": names})
    wide, narrow = (_seed_ticks(seeds, most) for most in SEEDS_NAMED)
    layout = {"xaxis": value_axis("seed", **wide), "yaxis": value_axis(wrap_label(scale.heading, TITLE_WIDTH))}
    changed = {f"xaxis.{name}": value for name, value in narrow.items()}
    return plotly_figure(data, layout, list(values), plot=(340, 300), narrow=changed)


def steps_picture(
    bands: Sequence[EpochBand], factor: int, heading: str, styles: Mapping[str, LabelStyle]
) -> PlotlyFigure:
    """Means against steps with their bands. factor: what values are shown times."""
    data = [
        trace
        for band in bands
        for trace in band_traces(band, styles[band.label], factor, "", legend=True, clock="step")
    ]
    layout = {"xaxis": value_axis("step"), "yaxis": value_axis(wrap_label(heading, TITLE_WIDTH))}
    return plotly_figure(data, layout, [band.label for band in bands], plot=(360, 300))


def _runs_trace(arm: DrawnRuns, height: float, color: str, factor: int) -> PlotlyJson:
    """A point for each run."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": short_numbers([value * factor for value in arm.values]),
        "y": [height] * len(arm.values),
        "text": [escape_tags(seed) for seed in arm.seeds],
        "marker": {"color": color, "size": 7, "opacity": 0.5},
        "hovertemplate": f"{escape_tags(arm.label)}<br>seed %{{text}}: %{{x:.5g}}<extra></extra>",
        "showlegend": False,
    }


def _seed_ticks(seeds: Sequence[str], most: int) -> PlotlyJson:
    """The names of at most so many seeds, evenly apart, each shortened."""
    places = list(range(0, len(seeds), -(-len(seeds) // most)))
    return {"tickvals": places, "ticktext": [_short_seed(seeds[place]) for place in places]}


def _short_seed(seed: str) -> str:
    return escape_tags(seed if len(seed) <= SEED_WIDTH else f"{seed[: SEED_WIDTH - 1]}…")
