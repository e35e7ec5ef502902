"""Study: one frozen plan of phases. Trials follow from the plan and the records so far."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from math import ceil, log, log2
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from ..errors import StudyError, did_you_mean, shortened
from ._candidate import Candidate
from ._candidate_words import words_of_candidates
from ._confirm import Confirm
from ._lists import Few, require_at_least
from ._noun import (
    PROTOCOL,
    AnyCase,
    AskedNoun,
    BudgetField,
    Shown,
    Whole,
    check_watched,
    omit_defaults,
)
from ._optimizers import OPTIMIZERS
from ._planned_looks import check_planned_looks, take_usual_looks
from ._recipe import ArmField, ArmPlan, Recipe, parts_of_arm, plan_of
from ._space import Space, Values, candidate_at, check_search, mistake_at, points_in, space_of, without_fields
from ._trial import Optimizer, Precision, Trial, Watched, check_average, check_momentum
from ._tune import Tune
from ._written_ranges import take_ranges


def _check_file_name(name: str) -> str:
    """A name that may be part of file names, as a study's is."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", name):
        better = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:80] or "my-study"
        raise ValueError(
            f"a name is 1 to 80 letters, digits, dots, dashes and underscores, but got {name!r}; write {better}"
        )
    return name


class Arm(AskedNoun):
    """What is compared under one name. The best of several candidates is chosen in the tuning phase; one is taken.

    snapshots: as in `Trial`, of the confirm phase.
    """

    label: Annotated[Shown, AfterValidator(str.strip), Field(min_length=1, max_length=80)]
    candidates: Annotated[tuple[Candidate, ...], Few, require_at_least(1)]
    snapshots: tuple[Annotated[Whole, Field(ge=1)], ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _refuse_text(cls, data: Any) -> Any:
        if isinstance(data, str):
            raise ValueError(
                f"an arm is a label with candidates, but got {shortened(data, 100)!r}; write it under `schedules`, or "
                "{label: mine, candidates: [{schedule: cosine, peak: 0.1}]}"
            )
        return data


class Study(AskedNoun):
    """Everything that decides what is trained and what is asked, and nothing else.

    schedules: schedules, and rules that drive one by the validation loss, which then is needed after every epoch; each
    is tuned over the peaks of `tune`. One may have an average of weights, or an optimizer of its own with the usual
    peaks of that: "constant+ema(decay=0.999)", "constant@schedule_free_adamw" (a `Recipe`). arms: instead of
    schedules, where each has candidates or a name of its own.
    baseline: the schedule or arm the others are compared with, by its label; "constant" where it is among them, else
    the first. watch: as in `Trial`, of the confirm phase.
    optimizer_from: "task" where the task suggests the optimizer, and nobody named one.
    """

    name: Annotated[str, AfterValidator(_check_file_name)]
    title: Shown = ""
    task: str
    schedules: Annotated[tuple[ArmField, ...], Few] = ()
    arms: Annotated[tuple[Arm, ...], Few] = ()
    baseline: Shown = ""
    optimizer: Optimizer = Optimizer()
    optimizer_from: Annotated[Literal["", "task"], AnyCase] = ""
    batch_size: Whole = Field(default=64, ge=1)
    budget: BudgetField
    evaluate_every: Whole = Field(default=1, ge=1)
    precision: Annotated[Precision, AnyCase] = "float32"
    watch: Annotated[Watched, AnyCase] = "validation"
    tune: Tune = Tune()
    confirm: Confirm = Confirm()
    protocol: Literal["1.0"] = PROTOCOL

    @model_serializer(mode="wrap")
    def _omit_later(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The fields without what was added later where it is not so, so that older studies stay the same."""
        return omit_defaults(self, write(self), "optimizer_from")

    @model_validator(mode="before")
    @classmethod
    def _take_what_is_written(cls, data: Any) -> Any:
        return take_usual_looks(take_ranges(data))

    @model_validator(mode="after")
    def _check_labels_and_seeds(self) -> "Study":
        kind = "arms" if self.arms else "schedules"
        repeated = sorted(label for label, count in Counter(self.labels).items() if count > 1)
        if repeated:
            raise ValueError(f"{kind} must differ from each other, but {', '.join(repeated)} stands there twice")
        same: dict[str, str] = {}
        for label, arm in zip(self.labels, () if self.arms else self.schedules, strict=False):
            other = same.setdefault(str(self._settled(arm)), label)
            if other != label:
                raise ValueError(f"schedules must differ, but {other} and {label} are the same here; leave out one")
        for plan in (*map(plan_of, self.schedules), *(candidate.schedule for _, candidate in self._all_candidates())):
            check_watched(plan, self.evaluate_every)
        tuned = {*self.tune.seeds, *self.tune.final_seeds}
        shared = sorted(tuned & set(self.confirm.seeds))
        if shared:
            more = f" and {len(shared) - 5} more" if len(shared) > 5 else ""
            raise ValueError(
                f"confirm needs fresh seeds, but {shared[:5]}{more} were used for tuning; "
                f"leave out `seeds` under confirm, or begin them at {max(tuned) + 1}"
            )
        if self.confirm.looks is not None:
            check_planned_looks(self.confirm.looks, self.most_questions)
        if self.baseline and self.baseline not in self.labels:
            raise ValueError(
                f"baseline {self.baseline!r} is not among the schedules; {did_you_mean(self.baseline, self.labels)}"
            )
        return self

    @model_validator(mode="after")
    def _check_settings(self) -> "Study":
        if self.arms and (self.schedules or self.tune.peaks):
            raise ValueError("arms bring schedules and peaks of their own; leave out `schedules` and `tune.peaks`")
        if not self.arms and not self.schedules:
            raise ValueError("needs at least 1 schedule in `schedules`, or arms")
        if self.tune.search:
            self._check_search()
        elif not self.arms and not self.tune.peaks:
            raise ValueError("needs at least 1 peak to try, as in `tune: {peaks: [0.01, 0.03, 0.1]}`")
        seen: dict[str, str] = {}
        for label, candidate in self._all_candidates():
            settled = candidate.model_copy(update={"optimizer": candidate.optimizer or self.optimizer})
            key = settled.to_json()
            if key in seen:
                (words,) = self.words_of([candidate], [each for _, each in self._all_candidates()])
                raise ValueError(f"candidates must differ, but {words} stands in {seen[key]} and again in {label}")
            seen[key] = label
        self._check_optimizers()
        return self

    def _check_optimizers(self) -> None:
        """Refuse an average under an optimizer that evaluates its own, and momenta under one without momentum."""
        # where optimizers are searched, each is checked as a point of the search
        plans = {} if self.tunes_optimizer else dict(zip(self.labels, self.schedules, strict=False))
        every = [(label, Candidate(peak=1.0, **parts_of_arm(plan))) for label, plan in plans.items()]
        for label, each in (*every, *self._all_candidates()):
            try:
                check_average(each.average, each.optimizer or self.optimizer)
                check_momentum(each.schedule, each.optimizer or self.optimizer)
            except ValueError as error:
                raise ValueError(f"{label}: {error}") from None

    def _check_search(self) -> None:
        """Refuse a search that does not go with the schedules."""
        assert self.tune.search is not None
        if self.arms:
            raise mistake_at(("tune", "search"), "a search tunes schedules; give `schedules` in place of arms")
        stray = next((label for label in self.tune.search.own if label not in self.labels), None)
        if stray is not None:
            text = f"no schedule is called {stray!r}; {did_you_mean(stray, self.labels)}"
            raise mistake_at(("tune", "search", "own", stray), text)
        plans = dict(zip(self.labels, self.schedules, strict=True))
        check_search(self.tune.search, self.tune.peaks, plans, self.optimizer)

    def _all_candidates(self) -> list[tuple[str, Candidate]]:
        """Every candidate of every arm, with the arm's label."""
        return [(arm.label, candidate) for arm in self.arms for candidate in arm.candidates]

    def candidate_words(self, arm: Arm) -> tuple[str, ...]:
        """The candidates of an arm in words, as they differ from each other and from those of other arms."""
        return self.words_of(arm.candidates, [candidate for _, candidate in self._all_candidates()])

    def words_of(self, candidates: Sequence[Candidate], among: Sequence[Candidate] = ()) -> tuple[str, ...]:
        """Candidates in words, with every setting in which any of them, or of those that stand beside them, differ."""
        return words_of_candidates(candidates, among or candidates, self.optimizer, self.batch_size)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Names in tables: those of the arms, or the shortest text that reads back as the schedule."""
        return tuple(arm.label for arm in self.arms) or tuple(str(schedule) for schedule in self.schedules)

    def label_of(self, trial: Trial) -> str:
        """The schedule or arm a trial of this study belongs to, by its label. Raises StudyError for another trial."""
        label = self._labels_of_trials.get(trial.key)
        if label is None:
            label = self._labels_of_trials[trial.key] = self._label_of_setting(trial)
        return label

    def _label_of_setting(self, trial: Trial) -> str:
        settings = tuple(trial.settings.items())
        setting = (trial.schedule, trial.average, trial.peak, trial.optimizer, trial.batch_size, settings)
        try:
            known = self._labels_of.get(setting)
        except TypeError:  # a schedule of the user's own that has no hash
            return self._find_label(trial)
        if known is None:
            known = self._labels_of[setting] = self._find_label(trial)
        return known

    @cached_property
    def _labels_of_trials(self) -> dict[str, str]:
        """What was found for trials so far, by key."""
        return {}

    @cached_property
    def _labels_of(self) -> dict[Any, str]:
        """What was found for settings of trials so far: thousands of trials have one."""
        return {}

    def _find_label(self, trial: Trial) -> str:
        for label, candidate in self._all_candidates():
            optimizer = candidate.optimizer or self.optimizer
            batch = candidate.batch_size or self.batch_size
            own = candidate.schedule, candidate.average, candidate.peak, optimizer, candidate.settings, batch
            asked = trial.schedule, trial.average, trial.peak, trial.optimizer, trial.settings, trial.batch_size
            if own == asked:
                return label
        for label, arm in zip(self.labels, self.schedules, strict=bool(self.schedules)):
            if self._is_of(arm, label, trial):
                return label
        if trial.arm in self.labels and not self.arms:
            return trial.arm
        raise StudyError(f"{trial.schedule} at {trial.peak:g} belongs to no arm of the study {self.name}")

    def _is_of(self, arm: ArmPlan, label: str, trial: Trial) -> bool:
        """Whether a trial is one of an arm that is tuned: equal to it in all that is not searched."""
        own = self._settled(arm)
        asked = Recipe.model_construct(schedule=trial.schedule, average=trial.average, optimizer=trial.optimizer)
        if self.tune.search:
            names = frozenset(self.space_of(label))
            return without_fields(own, names) == without_fields(asked, names)
        return str(own) == str(asked)

    def _settled(self, arm: ArmPlan) -> Recipe:
        """An arm with its optimizer, where it has none of its own the study's."""
        return Recipe.model_construct(**{"average": None, "optimizer": self.optimizer} | parts_of_arm(arm))

    def arm_of(self, label: str) -> ArmPlan:
        """What is tuned under this label: the schedule, rule or recipe. Not of a study of arms with candidates."""
        return self.schedules[self.labels.index(label)]

    def candidate_of(self, label: str, peak: float) -> Candidate:
        """What is tuned under this label, at a peak."""
        return Candidate(peak=peak, **parts_of_arm(self.arm_of(label)))

    def candidate_at(self, label: str, values: Values) -> Candidate:
        """What is tuned under this label, at a point of its search. Raises a LabError where it cannot be."""
        candidate = candidate_at(self.arm_of(label), self.optimizer, self.tune.peaks, values)
        factor = self.rate_factor(candidate)
        return candidate if factor == 1 else candidate.model_copy(update={"peak": candidate.peak * factor})

    def rate_factor(self, candidate: Candidate) -> float:
        """What the searched peak of a candidate was multiplied by for its batches, as `Search.scale_rate` says."""
        if self.tune.search is None:
            return 1.0
        optimizer, size = candidate.optimizer or self.optimizer, candidate.batch_size or self.batch_size
        usual = self.batch_size * self.optimizer.accumulate
        return self.tune.search.rate_factor(size * optimizer.accumulate, usual)

    def grid_of(self, label: str) -> tuple[float, ...]:
        """The peaks tried of this label: those of `tune`, or of another optimizer of its own the usual ones."""
        optimizer = parts_of_arm(self.arm_of(label)).get("optimizer")
        if optimizer is None or optimizer.name == self.optimizer.name or not self.tune.peaks:
            return self.tune.peaks
        return OPTIMIZERS[optimizer.name].peaks

    def highest_of(self, label: str) -> float | None:
        """The highest peak of this label that its optimizer tells from those above; None: any."""
        optimizer = parts_of_arm(self.arm_of(label)).get("optimizer") or self.optimizer
        return None if optimizer.decays_by_rate else OPTIMIZERS[optimizer.name].highest

    def space_of(self, label: str) -> Space:
        """What is searched for the schedule of this label; nothing where there is no search."""
        search = self.tune.search
        return space_of(search, self.grid_of(label), label, self.arm_of(label)) if search else {}

    @property
    def tunes_optimizer(self) -> bool:
        """Whether a search chooses among optimizers."""
        return self.tune.search is not None and "optimizer" in self.tune.search.space

    @property
    def own_optimizers(self) -> tuple[bool, ...]:
        """Of each schedule and each candidate, whether it has an optimizer of its own."""
        own = [parts_of_arm(arm).get("optimizer") for arm in self.schedules]
        return tuple(each is not None for each in (*own, *(each.optimizer for _, each in self._all_candidates())))

    @property
    def tuned(self) -> bool:
        """Whether every schedule or arm has a validation score of the tuning phase, so that the best can lead."""
        return all(len(arm.candidates) > 1 for arm in self.arms)

    @property
    def tuned_settings(self) -> tuple[int, ...]:
        """How many peaks, candidates or points of a search are tried of each schedule or arm, before any extension."""
        if self.arms:
            return tuple(len(arm.candidates) if len(arm.candidates) > 1 else 0 for arm in self.arms)
        if self.tune.search:
            return tuple(points_in(self.tune.search, self.space_of(label)) for label in self.labels)
        return tuple(len(self.grid_of(label)) for label in self.labels)

    @property
    def grid_trials(self) -> int:
        """How many trials the tuning phase begins with; none of arms of one candidate."""
        return sum(self.tuned_settings) * len(self.tune.seeds)

    @property
    def refining_trials(self) -> int:
        """About how many trials go between the peaks of the grids, on both sides of the best of each."""
        peaks, refine = sorted(self.tune.peaks), self.tune.refine
        if refine is None or len(peaks) < 2 or self.tune.search:
            return 0
        widest = max(log(above / below) for below, above in pairwise(peaks))
        halvings = max(ceil(log2(widest / log(refine)) - 1e-9), 0)
        return 2 * halvings * len(self.schedules) * len(self.tune.seeds)

    @property
    def final_trials(self) -> int:
        """How many trials the best peaks or candidates have beyond the others; none where nothing is to be chosen."""
        if max(self.tuned_settings, default=0) < 2:
            return 0
        return sum(min(self.tune.finalists, count) for count in self.tuned_settings) * len(self.tune.final_seeds)

    @property
    def rival_trials(self) -> int:
        """About how many trials of rivals are confirmed: half of the most there can be where there are finalists."""
        if not self.confirm.rivals or self.arms or len(self.tune.peaks) < 2:
            return 0
        other = max(self.tune.finalists - 1, 1) if self.tune.final_seeds else 2
        return ceil(len(self.labels) * other / 2) * len(self.confirm.seeds)

    @property
    def tuning_trials(self) -> int:
        """How many trials the tuning phase asks for, before any extension of a grid; none of arms of one candidate.

        Where grids are refined it is an estimate: how often depends on where the best lies.
        """
        return self.grid_trials + self.refining_trials + self.final_trials

    @property
    def planned_trials(self) -> int:
        """How many trials the study asks for, before any extension of a grid; with rivals it is an estimate."""
        return self.tuning_trials + len(self.labels) * len(self.confirm.seeds) + self.rival_trials

    @property
    def reference(self) -> str:
        """The baseline's label, with the default filled in."""
        return self.baseline or ("constant" if "constant" in self.labels else self.labels[0])

    @property
    def most_questions(self) -> int:
        """How many pairs of the k labels are compared: k (k - 1) / 2, or 2 k - 3 at most where a leader is asked for.

        Where the baseline leads, it is k - 1.
        """
        count = len(self.labels)
        if self.confirm.questions == "pairs":
            return count * (count - 1) // 2
        return max(2 * count - 3, 0) if self.tuned else count - 1
