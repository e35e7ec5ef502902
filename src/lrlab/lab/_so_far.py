"""A study in the middle, from its records alone: which phase it is in, and which questions looks have decided."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import NamedTuple

from ..spec import (
    ArmSoFar,
    Metric,
    QuestionSoFar,
    Record,
    SoFar,
    Study,
    Trial,
    TrialSoFar,
    metric_of,
    records_by_label,
)
from ..store import Store, StoredStudy
from ._batch import Batch, Records, Standings
from ._compare import learners
from ._family import questions
from ._look_phase import confirm_chosen, rivals_to_ask
from ._looks import Followed, follow_looks, looks_of
from ._margin import margin_of
from ._phases import go_through, tuning
from ._retry import noted_failures, trials_left
from ._tuning import Chosen, confirm_rivals

MOST = 500  # trials of a phase that are told of one by one


def so_far(stored: StoredStudy, store: Store, known: Records | None = None) -> SoFar:
    """How far a study is. What is decided is what its planned looks have decided by now, and nothing else.

    known: records read before, by key, which are not read again; those that are read now are added.
    """
    walk = _Walk(stored, store, {} if known is None else known)
    walk.go()
    return walk.told()


class _Walk:
    """The phases of a study as far as its records go."""

    def __init__(self, stored: StoredStudy, store: Store, known: Records) -> None:
        self.stored, self.store, self.known = stored, store, known
        self.study: Study = stored.study
        self.found: Records = {}
        self.tuned: Records = {}
        self.standings: Standings = {}
        self.last = Batch("", ())
        self.open: list[Trial] = []  # of the last batch, those that are missing
        self.chosen: Chosen | None = None
        self.confirmed: tuple[Record, ...] = ()

    def go(self) -> None:
        """Go on until a phase is not whole."""
        study, data = self.study, self.stored.data
        self.chosen = go_through(tuning(study, data), self._whole, self._standings)
        self.tuned = dict(self.found)
        if self.chosen is None:
            return
        part = go_through(confirm_chosen(study, data, self.chosen), self._part)
        self.confirmed = part or ()
        if not self.open and self.confirmed:
            asked = rivals_to_ask(study, self.chosen, self.confirmed)
            go_through(confirm_rivals(study, data, asked, self.confirmed), self._whole)

    def told(self) -> SoFar:
        """All of it as one value."""
        study, last = self.study, self.last
        failed = {each.trial.key: each for each in noted_failures(self.open, self.store)}
        metric = metric_of(self.found.values()) if self.found else None
        followed = self._followed()
        asked = questions(study, self.chosen.leader) if self.chosen else ()
        missing = trials_left(study, last, len(self.open), len(self.found))
        return SoFar(
            study=study,
            run=self.stored.key,
            stored=len(self.found),
            missing=missing,
            phase=last.phase if missing else "",
            phase_trials=len(last.trials),
            ended=len(last.trials) - len(self.open),
            metric=metric,
            arms=tuple(self._arm(label, metric) for label in study.labels),
            questions=tuple(_question(pair, followed, self._learned(), metric) for pair in asked),
            looks=looks_of(study),
            reached=max((each.look or each.seeds for each in followed.values()), default=0),
            leader=self.chosen.leader if self.chosen else "",
            trials=tuple(self._trial(trial, failed) for trial in last.trials[:MOST]),
            failures=tuple(each.words for each in failed.values()),
        )

    def _read(self, batch: Batch) -> Records:
        keys = [trial.key for trial in batch.trials]
        self.known.update(self.store.get(key for key in keys if key not in self.known))
        records = {key: self.known[key] for key in keys if key in self.known}
        self.found.update(records)
        self.standings = self.store.standings(keys) if batch.rung else {}
        self.last, self.open = batch, batch.missing(records, self.standings)
        return records

    def _whole(self, batch: Batch) -> Records | None:
        records = self._read(batch)
        return None if self.open else records

    def _part(self, batch: Batch) -> Records:
        return self._read(batch)

    def _standings(self, _: object) -> Standings:
        return self.standings

    def _learned(self) -> set[str]:
        return learners(records_by_label(self.study, self.confirmed)) if self.confirmed else set()

    def _followed(self) -> dict[tuple[str, str], Followed]:
        """Where each question stands after the looks that were reached."""
        if self.chosen is None or not self.confirmed:
            return {}
        chosen, study = self.chosen, self.study
        leader = next(choice for choice in chosen.choices if choice.label == chosen.leader)
        margin = margin_of(study.confirm, metric_of(self.confirmed), leader, chosen.records, self.confirmed)
        by_label = records_by_label(study, self.confirmed)
        asked = questions(study, chosen.leader)
        followed = follow_looks(study, asked, by_label, margin.value if margin else None)
        return {(each.a, each.b): each for each in followed}

    def _arm(self, label: str, metric: Metric | None) -> ArmSoFar:
        choice = next((each for each in self.chosen.choices if each.label == label), None) if self.chosen else None
        own = [record for record in self.tuned.values() if self.study.label_of(record.trial) == label]
        best = _best_setting(own, metric)
        if choice is not None and choice.chosen is not None and choice.chosen < len(choice.scores):
            best = _SettingScore(choice.peak, choice.scores[choice.chosen])
        return ArmSoFar(
            label=label,
            tried=len({record.trial.varied(seed=0).key for record in own}),
            best_peak=best.peak if best else None,
            best_score=best.score if best else None,
            chosen=choice.peak if choice else None,
            confirmed=sum(self.study.label_of(record.trial) == label for record in self.confirmed),
        )

    def _trial(self, trial: Trial, failed: Mapping[str, object]) -> TrialSoFar:
        record, standing = self.found.get(trial.key), self.standings.get(trial.key)
        epochs = record.epochs if record else standing.epochs if standing else ()
        state = "failed" if trial.key in failed else "waiting"
        if record or standing:
            state = "diverged" if record and record.diverged else "ended"
        return TrialSoFar(
            trial=trial.key,
            label=self.study.label_of(trial),
            peak=trial.peak,
            seed=trial.seed,
            state=state,
            curve=tuple(epoch.validation_score for epoch in epochs),
        )


class _SettingScore(NamedTuple):
    peak: float
    score: float | None


def _best_setting(records: Sequence[Record], metric: Metric | None) -> _SettingScore | None:
    """The setting with the best mean validation score, of those on most seeds; None where nothing was measured."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.trial.varied(seed=0).key, []).append(record)
    most = max(map(len, groups.values()), default=0)
    scored = {
        group[0].trial.peak: fmean(scores)
        for group in groups.values()
        if len(group) == most and not any(record.diverged for record in group) and (scores := _validation_scores(group))
    }
    if not scored or metric is None:
        return None
    best = (max if metric.higher_is_better else min)(scored, key=lambda peak: scored[peak])
    return _SettingScore(best, scored[best])


def _validation_scores(records: Sequence[Record]) -> list[float]:
    found = [record.validation.score for record in records if record.validation is not None]
    return [score for score in found if score is not None]


def _question(
    pair: tuple[str, str],
    followed: Mapping[tuple[str, str], Followed],
    learned: set[str],
    metric: Metric | None,
) -> QuestionSoFar:
    """A question with what a look that was reached says of it."""
    (a, b), stands = pair, followed.get(pair)
    if stands is None or stands.look is None or metric is None:
        return QuestionSoFar(a=a, b=b)
    larger, smaller = (a, b) if metric.higher_is_better else (b, a)
    better = {"a": larger, "b": smaller}.get(stands.verdict.claim, "")
    within = stands.verdict.claim == "equal" and {a, b} <= learned
    return QuestionSoFar(a=a, b=b, look=stands.look, better=better if better in learned else "", within=within)
