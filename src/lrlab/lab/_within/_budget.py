"""A study within a budget of seconds: the epochs it buys, and what is cut where the machine turns out to be slower.

Every trial of a study has the same epochs, and every schedule the same seeds: what is cut is cut for all of them.
"""

from collections.abc import Sequence
from math import ceil, inf
from time import monotonic
from typing import NamedTuple

from ...errors import StudyError, TimeUp
from ...spec import (
    LAYOUT_KINDS,
    Listener,
    Record,
    Setup,
    StackPlan,
    Study,
    Trial,
    counted,
    seed_trainings,
    tuning_trainings,
)
from ...stats import most_comparisons
from ...store import Store, StoredStudy
from .._batch import BETWEEN, BEYOND, FINALS, RIVALS, Batch
from .._calibrate import Pace
from .._family import questions
from .._looks import looks_until
from .._prepare import Prepared, looks_of
from .._requests import is_length_from_budget
from .._stacking import Crew, checkpoint, count_trainings, run_missing

USUAL_EPOCHS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30)  # what a budget is spent on; more must be asked for
CAUTION = 0.75  # the share of what is left that is planned: paces vary, and grids grow
CLOSING = (1.0, 0.2)  # seconds kept for answer and page, and the share of what the start took
OVERTIME = 1.12  # of the budget, by which training ends whatever is missing
STAGE = 0.35  # the share of the tuning phase after which its pace is looked at
SHORTEST = 0.01  # seconds that anything takes
WATCHED = 6.0  # seconds of tuning below which that is not worth it
SPARED: dict[str, dict[str, object]] = {  # what a study goes without where the time is short: fields, by phase
    BEYOND: {},
    BETWEEN: {"refine": None},
    FINALS: {"finalists": 1, "final_seeds": ()},
    RIVALS: {"rivals": False},
}
SPARED_WORDS = {
    BEYOND: "grids of peaks grow no further",
    BETWEEN: "grids of peaks are not refined",
    FINALS: "the best peaks are tried on no further seeds",
    RIVALS: "no rival peaks are confirmed, so that claims are about the chosen peaks only",
}


class Budget(NamedTuple):
    """So many seconds for everything a command does, since it began (as `time.monotonic` counts)."""

    seconds: float
    began: float


def settings_option(study: Study) -> str:
    """The option that says how many settings of each schedule are tuned."""
    return "--trials" if study.tune.search else "--peaks"


class Changed(Exception):
    """The study goes on as another one: shorter, or with fewer seeds. `words` say what was cut."""

    def __init__(self, study: Study, words: str) -> None:
        super().__init__(words)
        self.study, self.words = study, words


class Keeper:
    """Keeps a study within its budget: asked before each batch of trials, and trains them.

    factor: how many times slower it went so far than the pace says. may_shorten: whether the epochs are still open.
    """

    def __init__(self, prepared: Prepared, setup: Setup, pace: Pace, budget: Budget) -> None:
        self.prepared, self.setup, self.pace, self.budget = prepared, setup, pace, budget
        self.closing = CLOSING[0] + CLOSING[1] * (monotonic() - budget.began)
        self.factor, self.grown, self.may_shorten = 1.0, 0, True
        self.batch = Batch("", ())

    @property
    def shares(self) -> bool:
        """Whether trials that differ in their average alone share a training: the plain loop trains each."""
        return not LAYOUT_KINDS[self.setup.layout].plain

    def left(self) -> float:
        """Seconds until the answer must begin."""
        return self.budget.began + self.budget.seconds - self.closing - monotonic()

    def seconds(
        self, trainings: int, epochs: float | None = None, full: bool = False, looked: int | None = None
    ) -> float:
        """About how long so many trainings take, side by side.

        full: as if every stack were as large as it may be. looked: trials, each of which is looked at by itself; None:
        one of each training.
        """
        if not trainings:
            return 0.0
        setup, length = self.setup, self.prepared.horizon.updates_per_epoch
        updates = self.prepared.horizon.updates if epochs is None else epochs * length
        rounds = ceil(trainings / (setup.processes * setup.size))
        size = setup.size if full else ceil(trainings / (rounds * setup.processes))
        looks = looks_of(self.prepared, updates / length)
        each = updates * self.pace.update + looks * self.pace.look * (looked or trainings) / trainings
        return self.factor * rounds * (self.pace.build + size * each)

    def epochs(self) -> int:
        """The most epochs, of the usual numbers, that fit.

        Raises StudyError, with the least budget that does, where not even one fits.
        """
        setup, most = self.setup, self.most_epochs()
        if most is None:
            least = ceil(1.1 * (self.seconds_of_all(1) + self.budget.seconds - self.left()))
            raise StudyError(
                f"{self.prepared.study.planned_trials} trials of one epoch need a budget of about {least} s on "
                f"{counted(setup.processes, 'process', 'processes')}, but it is {self.budget.seconds:.0f} s; "
                f"raise it to --budget {least}s, "
                f"or take fewer schedules, {settings_option(self.prepared.study)} or --seeds"
            )
        return most

    def most_epochs(self) -> int | None:
        """As `epochs`; None where not even one fits."""
        left = self.left()
        return max((epochs for epochs in USUAL_EPOCHS if self.seconds_of_all(epochs) <= left), default=None)

    def seconds_of_all(self, epochs: float, prepared: Prepared | None = None) -> float:
        """About how long a whole study takes with trials of so many epochs, with room for grids that grow.

        prepared: one that differs from the keeper's in its trials' number alone; None: the keeper's.
        """
        study = (prepared or self.prepared).study
        seeds, shares = len(study.confirm.seeds), self.shares
        tuned = tuning_trainings(study) if shares else study.tuning_trials
        confirmed = (seed_trainings(study) if shares else len(study.labels)) * seeds + study.rival_trials
        looked = len(study.labels) * seeds + study.rival_trials
        grows = study.tune.extend and study.tuning_trials and not study.tune.search
        grown = len(study.labels) * len(study.tune.seeds) if grows else 0
        parts = self.seconds(tuned, epochs, True, study.tuning_trials) + self.seconds(confirmed, epochs, True, looked)
        return (parts + self.seconds(grown, epochs)) / CAUTION

    def fits(self, tuned: int, confirmed: int, epochs: float) -> bool:
        """Whether so many trainings more, of so many epochs, can be planned with."""
        return (self.seconds(tuned, epochs) + self.seconds(confirmed, epochs)) / CAUTION <= self.left()

    def before(self, study: Study, batch: Batch, missing: Sequence[Trial]) -> None:
        """Raise Changed where this batch must be smaller than planned. missing: of its trials."""
        self.batch = batch
        if batch.phase == "tune":
            self.grown = 0
        least = self._least_seconds(study) if batch.phase != RIVALS else 0.0
        if batch.phase in SPARED and missing and self._seconds_of(missing) + least > self.left():
            raise Changed(*self._spare(study, batch.phase))
        self.grown += batch.phase == BEYOND
        if batch.phase == "confirm" and missing:
            self._cut_seeds(study, missing)

    def _spare(self, study: Study, phase: str) -> tuple[Study, str]:
        """The study without what a phase would have added, and why, in words."""
        return without(study, phase, self.grown), self._reason_words(SPARED_WORDS[phase])

    def _seconds_of(self, missing: Sequence[Trial]) -> float:
        """About how long these trials take, those that share a training counted once."""
        return self.seconds(count_trainings(missing, self.setup), looked=len(missing))

    def _least_seconds(self, study: Study) -> float:
        """About how long the fewest fresh seeds take that answer."""
        seeds, labels = enough_seeds(study), len(study.labels)
        return self.seconds((seed_trainings(study) if self.shares else labels) * seeds, looked=labels * seeds)

    def _cut_seeds(self, study: Study, missing: Sequence[Trial]) -> None:
        """Raise Changed where the seeds of this batch do not fit: all of them, or those of the look it is for."""
        places = {study.confirm.seeds.index(trial.seed) for trial in self.batch.trials}
        before, look, seeds = min(places), max(places) + 1, len(study.confirm.seeds)

        def needed(kept: int) -> float:
            wanted = set(study.confirm.seeds[:kept])
            rivals = self.seconds(ceil(study.rival_trials * kept / seeds))
            return self._seconds_of([trial for trial in missing if trial.seed in wanted]) + rivals

        kept, least = look, max(enough_seeds(study), before)
        while kept > least and needed(kept) > self.left():
            kept -= 1
        if kept < look:
            raise Changed(first_seeds(study, kept), self._reason_words(f"{kept} of {seeds} seeds confirm"))

    def train(self, missing: Sequence[Trial], store: Store, crew: Crew, listen: Listener) -> dict[str, Record]:
        """Train what is missing of the batch, and look at the pace. The arguments are `run_missing`'s.

        Raises Changed where the study must be smaller, else as `run_missing` does.
        """
        if not missing:
            return {}
        begun, foreseen, before = monotonic(), max(self._seconds_of(missing), SHORTEST), _share_done(missing, store)
        end = self.budget.began + OVERTIME * self.budget.seconds - self.closing
        last = end if crew.until is None else min(end, crew.until)
        tuned = self.batch.phase == "tune"
        raced = tuned and self.prepared.study.tune.halving is not None  # takes less than its trials seem to
        looked = self.may_shorten and tuned and not raced and foreseen >= WATCHED
        stage = begun + STAGE * foreseen if looked else inf
        while True:
            try:
                waiting = [trial for trial in missing if trial.key not in store.get([trial.key])]
                run_missing(waiting, store, crew._replace(until=min(last, stage)), listen)
                break
            except TimeUp:
                if monotonic() >= last:
                    raise self._end_of_training(store, crew) from None
                share = _share_done(missing, store)
                self.factor *= (monotonic() - begun) / max(share - before, 0.001) / foreseen
                self._shorten_trials(missing, share, store)
                foreseen = max(self._seconds_of(missing), SHORTEST)
                stage = monotonic() + 1.25 * (1 - share) * foreseen + self.pace.build
        taken = monotonic() - begun
        if max(taken, foreseen) >= WATCHED and not raced:
            self.factor *= taken / foreseen
        return store.get(trial.key for trial in missing)

    def _shorten_trials(self, missing: Sequence[Trial], share: float, store: Store) -> None:
        """Raise Changed with fewer epochs where the rest, at the pace seen, does not fit; TimeUp where none fits."""
        study = self.prepared.study
        needed = (1 - share) * self._seconds_of(missing) + self._least_seconds(study)
        if needed <= self.left():
            return
        tuned = count_trainings(missing, self.setup)
        least = enough_seeds(study) * (seed_trainings(study) if self.shares else len(study.labels))
        now = self.prepared.horizon.epochs
        fewer = [epochs for epochs in USUAL_EPOCHS if epochs < now and self.fits(tuned, least, epochs)]
        if not fewer:
            rest = ceil(needed - self.left())
            raise TimeUp(
                f"this machine is slower than it was measured: the answer takes about {rest} s more than the budget; "
                f"what was trained is stored, and the same command goes on"
            )
        for stack in store.stacks(trial.key for trial in missing):
            _drop_checkpoint(store, stack)
        changed = study.model_copy(update={"budget": f"{fewer[-1]} epochs"})
        raise Changed(changed, self._reason_words(f"trials of {fewer[-1]} epochs instead of {now} start over"))

    def _end_of_training(self, store: Store, crew: Crew) -> Exception:
        """What ends training when time is up: Changed with the seeds that are whole, where they are enough."""
        study, batch = self.prepared.study, self.batch
        if crew.until is not None and monotonic() >= crew.until:
            return TimeUp("--max-seconds are over: what ended is stored; the same command goes on")
        if batch.phase == RIVALS:
            return Changed(*self._spare(study, RIVALS))
        if batch.phase == "confirm":
            there = store.get(trial.key for trial in batch.trials)
            absent = {trial.seed for trial in batch.trials if trial.key not in there}
            whole = next((place for place, seed in enumerate(study.confirm.seeds) if seed in absent), 0)
            if whole >= enough_seeds(study):
                return Changed(
                    first_seeds(study, whole), self._reason_words(f"{whole} seeds confirm, which have ended")
                )
        return TimeUp("the budget is over before the answer: what ended is stored; the same command goes on")

    def _reason_words(self, cut: str) -> str:
        return f"to keep the budget of {self.budget.seconds:g} s on this machine as it is now, {cut}"


def without(study: Study, phase: str, grown: int = 0) -> Study:
    """The study without what a phase would add. grown: how many peaks its grids have grown by."""
    fields = SPARED[phase] | ({"extend": grown} if phase == BEYOND else {})
    part = "confirm" if phase == RIVALS else "tune"
    return study.model_copy(update={part: getattr(study, part).model_copy(update=fields)})


def enough_seeds(study: Study) -> int:
    """The fewest confirm seeds that carry the study's questions, whoever leads; all it has where they carry fewer."""
    asked = max(len(questions(study, label)) for label in study.labels)
    seeds = len(study.confirm.seeds)
    return next((count for count in range(2, seeds) if most_comparisons(count) >= asked), seeds)


def first_seeds(study: Study, count: int) -> Study:
    """The study with its first confirm seeds alone."""
    fields = {"seeds": study.confirm.seeds[:count], "looks": looks_until(study, count)}
    confirm = study.confirm.model_copy(update=fields)
    return study.model_copy(update={"confirm": confirm})


def asked_before(data: str, request: str, store: Store) -> Study | None:
    """The study that the same request came to the last time."""
    plans = reversed(store.studies())
    return next((plan.study for plan in plans if plan.request == request and plan.data == data), None)


def comparison_before(study: Study, data: str, store: Store) -> Study | None:
    """The last study, run within a budget, that differs in its schedules alone and shares some; its epochs may do."""
    plans = reversed(store.studies())
    within = (plan for plan in plans if is_length_from_budget(plan.request))
    return next((plan.study for plan in within if _is_extended_by(study, data, plan)), None)


def _is_extended_by(study: Study, data: str, plan: StoredStudy) -> bool:
    old, seeds = plan.study, len(plan.study.confirm.seeds)
    shared = set(old.labels) & set(study.labels)
    if plan.data != data or not shared or set(old.labels) == set(study.labels):
        return False
    same = {
        "name": study.name,
        "schedules": study.schedules,
        "budget": study.budget,
        "tune": old.tune.model_copy(
            update={name: getattr(study.tune, name) for name in ("extend", "refine", "finalists", "final_seeds")}
        ),
        "confirm": old.confirm.model_copy(update={"rivals": study.confirm.rivals, "margin": study.confirm.margin}),
    }
    return old.model_copy(update=same) == first_seeds(study, seeds)


def _share_done(missing: Sequence[Trial], store: Store) -> float:
    """How much of these trials is done: ended, or in checkpoints."""
    from ...engine import share_done

    waiting = {trial.key for trial in missing} - store.get(trial.key for trial in missing).keys()
    under_way = sum(
        share_done(checkpoint(store, stack)) * sum(key in waiting for key in stack.trials)
        for stack in store.stacks(waiting)
    )
    return (len(missing) - len(waiting) + under_way) / len(missing)


def _drop_checkpoint(store: Store, stack: StackPlan) -> None:
    from ...engine import remove_checkpoint

    remove_checkpoint(checkpoint(store, stack))
