"""Rungs: whether halving finds the winner of full runs, at how many updates, and what each rung throws away.

The races are those of the laboratory, fed with the curves of the bank: each family is 8 schedules at 7 peaks on tuning
seeds of its own.
"""

from math import sqrt
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lrlab.lab import comparison_study, race, tuning_trials
from lrlab.spec import (
    Candidate,
    Epoch,
    Evaluation,
    Halving,
    Metric,
    Provenance,
    Record,
    Standing,
    Study,
    Trial,
    rung_epoch,
)

TITLE = "Rungs: halving and Hyperband"
EPOCHS, UPDATES = 6, 45
FAMILIES = 40
NOTHING = dict.fromkeys(("lrlab", "python", "torch", "numpy", "machine", "device"), "") | {
    "threads": 1,
    "engine": "bank",
}
RULES: dict[str, dict[str, object] | None] = {
    "halving, 7 > 5 > 3 > 2 at epochs 1, 2, 3": {"pilot": 0},
    "Hyperband, the same rungs, 4 races": {"pilot": 0, "brackets": 4},
    "halving, as it runs: one seed whole as pilot": {},
    "usual halving, 7 > 2 > 1 at epochs 2, 3 (eta 3)": {"pilot": 0, "eta": 3.0, "rungs": [2, 3]},
    "the best at epoch 3 alone goes on": {"pilot": 0, "eta": 100.0, "rungs": [3]},
}


class Bank(NamedTuple):
    """Curves by schedule, peak, seed and epoch; final losses by schedule, peak, seed."""

    schedules: list[str]
    peaks: list[float]
    scores: NDArray[np.float64]
    losses: NDArray[np.float64]

    @classmethod
    def read(cls, bank: pl.DataFrame) -> "Bank":
        rows = bank.sort("schedule", "peak", "seed")
        schedules, peaks = rows["schedule"].unique(maintain_order=True).to_list(), sorted(rows["peak"].unique())
        shape = len(schedules), len(peaks), -1
        scores = np.array(rows["validation_accuracy_by_epoch"].to_list(), dtype=np.float64)
        losses = rows["validation_loss"].to_numpy().astype(np.float64)
        return cls(schedules, peaks, scores.reshape(*shape, EPOCHS), losses.reshape(shape))

    def record(self, trial: Trial, schedule: int, peak: int) -> Record:
        """A trial as if it had been trained here."""
        curve, loss = self.scores[schedule, peak, trial.seed].tolist(), float(self.losses[schedule, peak, trial.seed])
        epochs = [Epoch(train_loss=1.0, train_score=None, validation_loss=None, validation_score=v) for v in curve]
        final = Evaluation(loss=loss, score=curve[-1], confusion=None)
        return Record(
            trial=trial,
            outcome="finished",
            diverged_at=None,
            metric=Metric(name="accuracy"),
            updates=EPOCHS * UPDATES,
            updates_per_epoch=UPDATES,
            epochs=tuple(epochs),
            validation=final,
            test=final,
            train_seconds=0.0,
            evaluate_seconds=0.0,
            provenance=Provenance(**NOTHING),
        )


class Raced(NamedTuple):
    """A family: whether its leader was found, how many schedules kept their winner, points lost, share of updates."""

    found: bool
    kept: float
    regret: float
    updates: float
    rungs_on: int


def make_study(bank: Bank, seeds: list[int], halving: dict[str, object] | None) -> Study:
    """The study of a family, of which the tuning phase is replayed."""
    tune = {"seeds": seeds, "choose": "score", "refine": None, "finalists": 1, "final_seeds": [], "halving": halving}
    return comparison_study(
        "bank", bank.schedules, name="bank", budget=f"{EPOCHS} epochs", peaks=bank.peaks, tune=tune, confirm_seeds=10
    )


def run_family(bank: Bank, seeds: list[int], halving: dict[str, object]) -> Raced:
    """Race the schedules of a family, and compare with all of it run whole."""
    study = make_study(bank, seeds, halving)
    places = [(s, p) for s in range(len(bank.schedules)) for p in range(len(bank.peaks))]
    groups: dict[Any, list[Trial]] = {}
    records: dict[str, Record] = {}
    for s, p in places:
        label = study.labels[s]
        group = tuning_trials(study, "bank", Candidate(schedule=study.schedules[s], peak=bank.peaks[p]))
        groups[label, bank.peaks[p]] = group
        records |= {trial.key: bank.record(trial, s, p) for trial in group}
    steps, trained, answer = race(study, "tune", groups), dict.fromkeys(records, 0), None
    try:
        while True:
            batch = steps.send(answer)
            sample = records[batch.trials[0].key]
            epoch = rung_epoch(batch.rung, Standing.of_record(sample).horizon) if batch.rung else EPOCHS
            trained |= {trial.key: max(trained[trial.key], epoch) for trial in batch.trials}
            found = {trial.key: records[trial.key] for trial in batch.trials}
            answer = {key: Standing.of_record(record) for key, record in found.items()} if batch.rung else found
    except StopIteration as end:
        raced = end.value
    return _score_family(bank, seeds, list(groups), raced, sum(trained.values()) / (EPOCHS * len(trained)))


def _score_family(bank: Bank, seeds: list[int], places: list[Any], raced: Any, updates: float) -> Raced:
    final = bank.scores[:, :, seeds, -1].mean(2) - 1e-6 * bank.losses[:, :, seeds].mean(2)  # ties go by the loss
    alive = np.array([place not in raced.stopped for place in places]).reshape(final.shape)
    left = np.where(alive, final, -1.0)
    kept = left.argmax(1) == final.argmax(1)
    on = sum(check.on for check in raced.rungs)
    regret = 100 * float((final.max(1) - left.max(1)).mean())
    return Raced(bool(left.argmax() == final.argmax()), float(kept.mean()), regret, updates, on)


def thrown_by_rung(bank: Bank, seeds: int) -> NDArray[np.float64]:
    """The share of final winners that each usual rung alone would throw away, by rung and schedule."""
    halving, peaks = Halving(), len(bank.peaks)
    total = bank.scores.shape[2] // seeds * seeds
    parts = bank.scores[:, :, :total].reshape(len(bank.schedules), peaks, -1, seeds, EPOCHS).mean(3)
    losses = bank.losses[:, :, :total].reshape(len(bank.schedules), peaks, -1, seeds).mean(3)
    winners = (parts[..., -1] - 1e-6 * losses).argmax(1)
    shares = []
    for rung in range(3):
        places = (-parts[..., rung]).argsort(1, kind="stable").argsort(1)
        rank = np.take_along_axis(places, winners[:, None], 1)[:, 0]
        shares.append((rank >= halving.kept(peaks, rung)).mean(1))
    return np.array(shares)


def measure(bank: pl.DataFrame | None, quick: bool) -> tuple[list[str], dict[str, object]]:
    """The lines of the page, and the numbers."""
    if bank is None:
        return ["Not measured: there is no bank of trials in LRLAB_DATA."], {}
    curves, families = Bank.read(bank), 3 if quick else FAMILIES
    lines = [
        f"{families} families, each 8 schedules x 7 peaks on seeds of its own, that no other family has: found is the "
        "share of families in which the leader of full runs (schedule and peak) is the leader after halving, with its "
        "standard error; kept the share of schedules whose best peak of full runs is chosen; lost the points of "
        "validation accuracy that the chosen peaks are worse; updates the share of those of full runs. The usual rungs "
        "and eta were chosen on trials of this bank, so that the first rule flatters itself; the pilot does not.",
        "",
        "| rule | tuning seeds | found | kept | lost | updates |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    numbers: dict[str, object] = {}
    for seeds in (2, 3, 5):
        for rule, halving in RULES.items():
            raced = [run_family(curves, _seeds_of(family, seeds), halving or {}) for family in range(families)]
            found, kept, lost, updates = (np.array([each[k] for each in raced], dtype=float) for k in range(4))
            error = sqrt(max(found.mean() * (1 - found.mean()), 1e-9) / len(raced))
            lines.append(
                f"| {rule} | {seeds} | {found.mean():.3f} (se {error:.3f}) | {kept.mean():.3f} "
                f"(se {kept.std() / sqrt(len(raced)):.3f}) | {lost.mean():.3f} | {updates.mean():.2f} |"
            )
            numbers[f"{rule}; {seeds} seeds"] = {
                "found": found.mean(),
                "kept": kept.mean(),
                "lost_points": lost.mean(),
                "updates": updates.mean(),
                "rungs_on": float(np.mean([each.rungs_on for each in raced])),
                "families": families,
            }
    lines += ["", *_thrown_lines(curves, numbers)]
    return lines, numbers


def _seeds_of(family: int, seeds: int) -> list[int]:
    return list(range(family * seeds, (family + 1) * seeds))


def _thrown_lines(curves: Bank, numbers: dict[str, object]) -> list[str]:
    head = ["schedule", *(f"{seeds} seeds, epoch {epoch}" for seeds in (2, 5) for epoch in (1, 2, 3))]
    shares = np.concatenate([thrown_by_rung(curves, seeds) for seeds in (2, 5)])
    rows = [
        f"| {name} | " + " | ".join(f"{share:.3f}" for share in shares[:, s]) + " |"
        for s, name in enumerate(curves.schedules)
    ]
    numbers["thrown"] = {name: shares[:, s].tolist() for s, name in enumerate(curves.schedules)}
    return [
        "Share of final winners that each rung alone throws away (5, 3 and 2 of 7 go on; 100 races of 2 seeds, 40 of "
        "5, for each schedule; beyond .05 the laboratory leaves a rung out):",
        "",
        f"| {' | '.join(head)} |",
        f"|{' --- |' * len(head)}",
        *rows,
        "| all | " + " | ".join(f"{share:.3f}" for share in shares.mean(1)) + " |",
    ]
