"""The best arm of each family, without flattering it: chosen on validation data by other seeds than it is judged by."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..lab import worst_for_diverged
from ..measures import Measure, measure
from ..spec import Record
from ..stats import generator
from ._cells import cell
from ._measured import BestRow, Cell, MeasuredBest
from ._publication import ArmFamily, PublishedBest

CHOSEN_BY, JUDGED_BY = measure("validation_accuracy"), measure("accuracy")


def best_of_each(asked: PublishedBest, by_label: Mapping[str, Sequence[Record]], key: str) -> MeasuredBest:
    """Each family's best arm beside the benchmarks.

    The best of several noisy means is partly luck, and its mean is too high. So the test accuracy of each seed is that
    of the arm with the best mean validation accuracy over the other seeds: no seed is judged by its own choice. Only
    seeds count that every arm of the family and every benchmark has. A diverged trial counts as the worst of them.
    """
    rows = tuple(_best_row(family, asked.benchmarks, by_label, key) for family in asked.families)
    return MeasuredBest(title=asked.title, part=asked.part, benchmarks=asked.benchmarks, rows=rows)


def _best_row(
    family: ArmFamily, benchmarks: Sequence[str], by_label: Mapping[str, Sequence[Record]], key: str
) -> BestRow:
    records = {
        label: {record.trial.seed: record for record in by_label[label]} for label in (*family.arms, *benchmarks)
    }
    seeds = sorted(set.intersection(*(set(of_seed) for of_seed in records.values())))

    paired = {label: [of_seed[seed] for seed in seeds] for label, of_seed in records.items()}
    known = {
        of.name: worst_for_diverged(
            {label: list(map(of.of, group)) for label, group in paired.items()}, paired, of.higher_is_better
        )
        for of in (CHOSEN_BY, JUDGED_BY)
    }

    def values(label: str, of: Measure) -> list[float]:
        return [np.nan if value is None else value for value in known[of.name][label]]

    score_AS = np.array([values(arm, CHOSEN_BY) for arm in family.arms])
    judged_AS = np.array([values(arm, JUDGED_BY) for arm in family.arms])
    if len(seeds) < 2 or np.isnan(score_AS).any() or np.isnan(judged_AS).any():
        nothing = cell([], generator(key, family.name))
        return BestRow(family=family.name, accuracy=nothing, differences=(nothing,) * len(benchmarks))
    total_A = score_AS.sum(axis=1)
    pick_S = (total_A[:, None] - score_AS).argmax(axis=0)
    own_S = judged_AS[pick_S, np.arange(len(seeds))]
    best = int(total_A.argmax())

    def over_seeds(value_S: NDArray[np.float64], *names: str) -> Cell:
        return cell(value_S.tolist(), generator(key, family.name, *names))

    return BestRow(
        family=family.name,
        chosen=family.arms[best],
        times=int((pick_S == best).sum()),
        accuracy=over_seeds(own_S),
        differences=tuple(over_seeds(own_S - np.array(values(label, JUDGED_BY)), label) for label in benchmarks),
    )
