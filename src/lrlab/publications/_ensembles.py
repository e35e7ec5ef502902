"""Ensembles of a published study: the mean prediction of several members of one seed, scored on the test data.

Suffix M: members; N: examples; C: classes.
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..schedules import Horizon
from ..spec import Record
from ._measured import EnsembleScore
from ._publication import Ensemble, Publication

Arrays = Callable[[str, str], bytes | None]
SMALLEST = 2.0**-24  # the smallest number above 0 that float16 holds


def ensemble_scores(
    publication: Publication,
    confirmed: Mapping[str, Mapping[str, Sequence[Record]]],
    arrays: Arrays,
    labels: Mapping[str, NDArray[np.integer]],
) -> tuple[EnsembleScore, ...]:
    r"""Each ensemble on each seed of which all members' test predictions are at hand, in the order of the publication.

    .. math:: \bar p_{nc} = \frac1M \sum_m p_{mnc}, \qquad \text{loss} = -\frac1N \sum_n \log \bar p_{n, label_n}

    The prediction is the class of the largest mean probability. confirmed: records by part and label. arrays: an array
    beside a record by trial key and name, in numpy's file format, None where it is not at hand: "test", and
    "snapshot-{epoch}" of a trial's snapshots, of which that of the last epoch is "test" again. labels: those of the
    part's test data, in the task's order.

    Members' accuracies are of the same arrays, which hold probabilities as float16: a mean that is rounded to zero
    counts as 2^-24. A diverged member predicts with its untrained weights.

    Hansen & Salamon, `Neural Network Ensembles <https://doi.org/10.1109/34.58871>`_, 1990; Huang et al., `Snapshot
    Ensembles <https://arxiv.org/abs/1704.00109>`_, 2017.
    """
    return tuple(
        _score_ensemble(ensemble, seed, members, np.asarray(labels[ensemble.part]))
        for ensemble in publication.ensembles
        for seed, members in _members_by_seed(ensemble, confirmed.get(ensemble.part, {}), arrays)
    )


def _members_by_seed(
    ensemble: Ensemble, by_label: Mapping[str, Sequence[Record]], arrays: Arrays
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Every seed of which all members are at hand, with their probabilities (M, N, C)."""
    arms = [{record.trial.seed: record for record in by_label.get(label, ())} for label in ensemble.members]
    for seed in sorted(set.intersection(*map(set, arms))):
        records = [arm[seed] for arm in arms]
        names = [
            (record, name)
            for record in records
            for name in (_snapshot_arrays(record) if ensemble.snapshots else ["test"])
        ]
        kept = [arrays(record.trial.key, name) for record, name in names]
        files = [npy for npy in kept if npy is not None]
        if files and len(files) == len(kept):
            yield seed, np.stack([np.load(io.BytesIO(npy), allow_pickle=False) for npy in files]).astype(np.float64)


def _snapshot_arrays(record: Record) -> list[str]:
    """The arrays of a trial's snapshots; epochs after its last one have none."""
    last = Horizon(updates=record.updates, updates_per_epoch=record.updates_per_epoch).epochs
    epochs = [epoch for epoch in sorted(record.trial.snapshots) if epoch <= last]
    return ["test" if epoch == last else f"snapshot-{epoch}" for epoch in epochs]


def _score_ensemble(
    ensemble: Ensemble, seed: int, share_MNC: NDArray[np.float64], label_N: NDArray[np.integer]
) -> EnsembleScore:
    mean_NC = share_MNC.mean(axis=0)
    right_N = np.take_along_axis(mean_NC, label_N[:, None], axis=1)[:, 0]
    members = (share_MNC.argmax(axis=2) == label_N).mean(axis=1)
    return EnsembleScore(
        label=ensemble.label,
        part=ensemble.part,
        seed=seed,
        accuracy=float((mean_NC.argmax(axis=1) == label_N).mean()),
        loss=float(-np.log(np.maximum(right_N, SMALLEST)).mean()),
        members=tuple(members.tolist()),
    )
