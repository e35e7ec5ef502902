"""A search with a third of a grid's trials against the whole grid, on three tasks, all trials real."""

import os
import sys
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from lrlab.execution import Inline
from lrlab.lab import OpenedTask, Workshop, crew_of, open_task, prepare, setup_of
from lrlab.lab._batch import Batch, Records
from lrlab.lab._stacking._stacks import run_missing
from lrlab.lab._tuning._phase_trials import confirm_trials_of
from lrlab.lab._tuning._search_phase import tune_by_search
from lrlab.lab._tuning._tune import Chosen
from lrlab.spec import Study, make_study
from lrlab.store import Store

TITLE = "Search: a third of a grid's trials"
SAMPLERS = ("tpe", "random")
SEARCHES, GRID, TRIALS = 20, 90, 30
ROOT = Path(__file__).parents[2]
STORE = ROOT / "lrlab-results" / "evidence-search.db"
MOONS = f"{ROOT / 'examples' / 'own_model.py'}:task"


class Question(NamedTuple):
    """A task, a schedule, and what of it is searched."""

    task: str
    schedule: str
    space: dict[str, str]
    epochs: int


QUESTIONS = (
    Question("digits/convnet", "warmup+cosine", {"peak": "0.01..1", "warmup.span": "1%..50%"}, 4),
    Question("digits/mlp", "linear", {"peak": "0.003..1", "momentum": "0..0.98"}, 4),
    Question(MOONS, "cosine", {"peak": "0.003..3", "weight_decay": "1e-6..0.1 log"}, 8),
)


def study_of(question: Question, sampler: str, seed: int, trials: int, fresh: int) -> Study:
    """One search."""
    search = {"sampler": sampler, "space": question.space, "trials": trials, "seed": seed}
    return make_study(
        {
            "name": "search",
            "task": question.task,
            "schedules": [question.schedule],
            "budget": f"{question.epochs} epochs",
            "batch_size": 32,
            "tune": {"search": search, "seeds": 2, "choose": "loss"},
            "confirm": {"seeds": fresh},
        }
    )


class Runner:
    """Trains what many searches of one task ask for at the same time, as one batch."""

    def __init__(self, question: Question, store: Store) -> None:
        self.place: OpenedTask = open_task(question.task)
        self.store = store
        self.prepared = prepare(study_of(question, "random", 0, 64, 64), self.place)
        executor = Inline()
        setup = setup_of(self.prepared, Workshop(store, executor, lambda _: None, "auto", "cpu", None))
        self.crew = crew_of(self.prepared, executor, setup, None)

    def records(self, trials: list[Any]) -> Records:
        known = {trial.key: trial for trial in trials}
        there = self.store.get(known)
        missing = [trial for key, trial in known.items() if key not in there]
        return there | run_missing(missing, self.store, self.crew, lambda _: None)

    def choose(self, studies: list[Study]) -> list[Chosen]:
        """What each search chooses; they go on side by side, round by round."""
        steps = [tune_by_search(prepare(study, self.place).study, self.place.data) for study in studies]
        chosen: list[Chosen | None] = [None] * len(steps)
        batches: dict[int, Batch] = {place: next(step) for place, step in enumerate(steps)}
        while batches:
            records = self.records([trial for batch in batches.values() for trial in batch.trials])
            batches = {
                place: following
                for place, batch in batches.items()
                if (following := self._go_on(steps, chosen, place, {t.key: records[t.key] for t in batch.trials}))
            }
        return [each for each in chosen if each is not None]

    @staticmethod
    def _go_on(
        steps: list[Generator[Batch, Records, Chosen]], chosen: list[Chosen | None], place: int, records: Records
    ) -> Batch | None:
        try:
            return steps[place].send(records)
        except StopIteration as end:
            chosen[place] = end.value
            return None

    def measure_fresh(self, studies: list[Study], chosen: list[Chosen]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Test loss and score of what each search chose, on fresh seeds, shape (seeds,)."""
        groups = [
            confirm_trials_of(study, self.place.data, label, candidate)
            for study, each in zip(studies, chosen, strict=True)
            for label, candidate in each.candidates.items()
        ]
        records = self.records([trial for group in groups for trial in group])
        tests = [[records[trial.key].test for trial in group] for group in groups]
        return [(np.array([t.loss for t in test]), np.array([t.score for t in test])) for test in tests]


def measure(bank: pl.DataFrame | None, quick: bool) -> tuple[list[str], dict[str, object]]:  # noqa: ARG001
    """The regret of a search against the whole grid, in seed standard deviations of the grid's best."""
    searches, grid, trials, fresh = (2, 9, 6, 3) if quick else (SEARCHES, GRID, TRIALS, 10)
    rows, numbers = list[list[str]](), dict[str, object]()
    with TemporaryDirectory() as folder, Store(Path(folder) / "quick.db" if quick else STORE, write=True) as store:
        for question in QUESTIONS:
            runner = Runner(question, store)
            whole = [study_of(question, "grid", 0, grid, fresh)]
            best = runner.choose(whole)
            loss, score = runner.measure_fresh(whole, best)[0]
            name = "two moons" if question.task == MOONS else question.task
            found: dict[str, Any] = {
                "grid_trials": grid,
                "trials": trials,
                "grid_loss": float(loss.mean()),
                "grid_score": float(score.mean()),
                "seed_sd_loss": float(loss.std(ddof=1)),
                "seed_sd_score": float(score.std(ddof=1)),
                "grid_chose": best[0].choices[0].tried[best[0].choices[0].chosen or 0],
            }
            for sampler in SAMPLERS:
                found[sampler] = compare_searches(runner, question, sampler, searches, trials, fresh, found)
                rows.append(row_of(name, question, sampler, found))
                print(rows[-1], file=sys.stderr, flush=True)
            numbers[name] = found
    return [*text_of(searches, grid, trials, fresh), *rows_text(rows)], numbers


def compare_searches(
    runner: Runner, question: Question, sampler: str, searches: int, trials: int, fresh: int, grid: dict[str, Any]
) -> dict[str, Any]:
    """How much worse than the grid's choice the searches' choices are, on fresh seeds; higher is worse."""
    studies = [study_of(question, sampler, seed, trials, fresh) for seed in range(1, searches + 1)]
    tests = runner.measure_fresh(studies, runner.choose(studies))
    behind_loss = [(float(loss.mean()) - grid["grid_loss"]) / grid["seed_sd_loss"] for loss, _ in tests]
    behind_score = [(grid["grid_score"] - float(score.mean())) / max(grid["seed_sd_score"], 1e-9) for _, score in tests]
    return {
        "behind_loss_sd": behind_loss,
        "behind_score_sd": behind_score,
        "median_loss_sd": float(np.median(behind_loss)),
        "median_score_sd": float(np.median(behind_score)),
        "within_loss": float(np.mean(np.array(behind_loss) <= 1)),
        "within_score": float(np.mean(np.array(behind_score) <= 1)),
    }


def row_of(name: str, question: Question, sampler: str, found: dict[str, Any]) -> list[str]:
    this = found[sampler]
    error = 1.25 * float(np.std(this["behind_loss_sd"], ddof=1)) / len(this["behind_loss_sd"]) ** 0.5
    return [
        name,
        f"{question.schedule}: {', '.join(question.space)}",
        sampler,
        f"{this['median_loss_sd']:+.2f} ({error:.2f})",
        f"{this['within_loss']:.0%}",
        f"{this['median_score_sd']:+.2f}",
        f"{this['within_score']:.0%}",
    ]


def text_of(searches: int, grid: int, trials: int, fresh: int) -> list[str]:
    return [
        f"A grid of {grid} points of two fields, each on 2 tuning seeds, against searches of {trials} points: "
        f"{searches} of each sampler, every trial real, none interpolated. What each chose by validation loss was "
        f"trained on {fresh} fresh seeds. Numbers are how far the choice lies behind the grid's, on test data, in "
        f"standard deviations of one seed of the grid's choice: the median of the {searches} searches, its standard "
        "error in brackets, and the share of searches within one. Below zero: better than the whole grid.",
        "",
    ]


def rows_text(rows: list[list[str]]) -> list[str]:
    header = ["task", "searched", "sampler", "behind, loss", "within 1", "behind, accuracy", "within 1"]
    return [f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *rows)]


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    lines, _ = measure(None, "--quick" in sys.argv)
    print("\n".join(lines))
