"""Races of the tuning phase: settings that are behind at a rung are trained no further, and what that would cost.

Every schedule or arm has a race of its own. Decisions look at validation values alone.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from ...errors import StudyError
from ...spec import Epoch, Halving, Record, RungCheck, Standing, Study, Trial, counted, halving_words, rung_epoch
from .._batch import Batch, Records, Standings
from ._choices import Criterion, criterion, peak_result, rank_result

Place: TypeAlias = tuple[str, float]  # a label, and which of its settings: a peak, or an arm's first, second ...
Groups: TypeAlias = Mapping[Place, Sequence[Trial]]
Rank: TypeAlias = tuple[float, ...]  # higher is better, compared like a word


class Raced(NamedTuple):
    """The end of races. records: of all trials that have ended. stopped: the epoch at which a setting was stopped."""

    records: Records
    stopped: dict[Place, int]
    rungs: tuple[RungCheck, ...]

    def joined(self, later: "Raced") -> "Raced":
        """These races and later ones of other settings, as of a search that goes round by round."""
        checks = {check.rung: check for check in self.rungs}
        for check in later.rungs:
            before = checks.get(check.rung)
            counts = {} if before is None else {"races": before.races + check.races, "lost": before.lost + check.lost}
            checks[check.rung] = check.model_copy(update=counts)
        return Raced(self.records | later.records, self.stopped | later.stopped, tuple(checks.values()))


def race(study: Study, phase: str, groups: Groups) -> Generator[Batch, Any, Raced]:
    """Have settings tried, each on its trials, seed by seed; with halving, those that are behind are stopped.

    The first seeds are a pilot that is run whole, and says which rungs may be trusted.
    """
    halving = study.tune.halving
    if halving is None:
        return Raced((yield Batch(phase, _trials_in(groups.values()))), {}, ())
    piloted = set(study.tune.seeds[: halving.pilot])
    pilot = {place: [trial for trial in group if trial.seed in piloted] for place, group in groups.items()}
    records: Records = (yield Batch(phase, _trials_in(pilot.values()))) if piloted else {}
    checks = _check_rungs(study, halving, pilot, records) if piloted else ()
    runner = _Race(study, halving, groups, records)
    note = halving_words(halving, checks)
    if checks and not any(check.on for check in checks):
        return Raced(records | (yield Batch(phase, runner.left(groups), note=note)), {}, checks)
    checks = yield from runner.run(phase, checks, note)
    records |= yield Batch(phase, runner.left(runner.alive))
    return Raced(records, runner.stopped, checks)


class _Race:
    """Settings under way. records: of the pilot. alive: those that still run. stopped: the epoch of those that do not.

    brackets: which race each is in.
    """

    def __init__(self, study: Study, halving: Halving, groups: Groups, records: Records) -> None:
        self.study, self.halving, self.groups, self.records = study, halving, groups, records
        self.brackets = deal_out(groups, halving.brackets)
        self.alive: list[Place] = list(groups)
        self.stopped: dict[Place, int] = {}

    def left(self, places: Iterable[Place]) -> tuple[Trial, ...]:
        """The trials of these settings beside the pilot's."""
        return tuple(t for place in places for t in self.groups[place] if t.key not in self.records)

    def run(self, phase: str, checks: Sequence[RungCheck], note: str) -> Generator[Batch, Any, tuple[RungCheck, ...]]:
        """Go from rung to rung. checks: what the pilot said; none where it was not asked. The rungs that were gone by.

        note: is said with the first.
        """
        gone, last = list[RungCheck](), 0
        for number, rung in enumerate(self.halving.rungs):
            check = next((check for check in checks if check.rung == rung), None)
            if checks and (check is None or not check.on):
                continue
            racing = [place for place in self.alive if self.brackets[place] <= number]
            standings: Standings = yield Batch(phase, self.left(racing), rung=rung, note=note)
            note = ""
            epoch = _epoch_of(rung, self.groups, standings)
            if epoch > last:
                self._stop_behind(number, epoch, racing, standings)
                gone.append(check or RungCheck(rung=rung, epoch=epoch, races=0, lost=0, on=True))
            last = max(epoch, last)
        return tuple(checks) or tuple(gone)

    def _stop_behind(self, number: int, epoch: int, racing: Sequence[Place], standings: Standings) -> None:
        """Stop what is behind in each race."""
        stood = standings | _standings_of(self.records.values())
        ranks = _ranks_at(self.study, {place: self.groups[place] for place in racing}, stood, epoch)
        for places in _races_in(racing, self.brackets):
            label, bracket = places[0][0], self.brackets[places[0]]
            begun = sum(other == bracket for place, other in self.brackets.items() if place[0] == label)
            kept = self.halving.kept(begun, number, bracket)
            for place in _best_first(places, ranks)[kept:]:
                self.stopped[place] = epoch
        self.alive = [place for place in self.alive if place not in self.stopped]


def deal_out(places: Iterable[Place], brackets: int) -> dict[Place, int]:
    """The bracket of each setting: dealt out in turns, label by label.

    >>> deal_out([("a", 0.1), ("a", 0.2), ("a", 0.3), ("b", 0.1)], 2)
    {('a', 0.1): 0, ('a', 0.2): 1, ('a', 0.3): 0, ('b', 0.1): 0}
    """
    seen: dict[str, int] = {}
    dealt: dict[Place, int] = {}
    for place in places:
        dealt[place] = seen.get(place[0], 0) % brackets
        seen[place[0]] = seen.get(place[0], 0) + 1
    return dealt


def _check_rungs(study: Study, halving: Halving, pilot: Groups, records: Records) -> tuple[RungCheck, ...]:
    """What the pilot says of each rung: how many races, run whole, would have lost their winner there."""
    stood = _standings_of(records.values())
    brackets = deal_out(pilot, halving.brackets)
    winners = _winners(study, pilot, records)
    checks, last = list[RungCheck](), 0
    for number, rung in enumerate(halving.rungs):
        epoch = _epoch_of(rung, pilot, stood)
        if epoch <= last:
            continue
        last, lost = epoch, 0
        ranks = _ranks_at(study, pilot, stood, epoch)
        kept = set[Place]()
        for places in _races_in(pilot, brackets):
            count = halving.kept(len(places), number, brackets[places[0]])
            kept.update(_best_first(places, ranks)[:count])
        lost = sum(not kept & winning for winning in winners.values())
        on = lost <= halving.tolerated * len(winners)
        checks.append(RungCheck(rung=rung, epoch=epoch, races=len(winners), lost=lost, on=on))
    return tuple(checks)


def _winners(study: Study, groups: Groups, records: Records) -> dict[str, set[Place]]:
    """The best settings of each label that learned, by their ends; several where they tie, none where there is one."""
    by = criterion(study, records.values())
    winners: dict[str, set[Place]] = {}
    for label in dict.fromkeys(label for label, _ in groups):
        own = {place: [records[trial.key] for trial in groups[place]] for place in groups if place[0] == label}
        results = {place: peak_result(study, group, by) for place, group in own.items()}
        best = max(rank_result(result) for result in results.values())
        if len(own) > 1 and best[0]:
            winners[label] = {place for place, result in results.items() if rank_result(result) == best}
    return winners


def _races_in(places: Iterable[Place], brackets: Mapping[Place, int]) -> list[list[Place]]:
    """The settings of each race: of one label and bracket."""
    races: dict[tuple[str, int], list[Place]] = {}
    for place in places:
        races.setdefault((place[0], brackets[place]), []).append(place)
    return list(races.values())


def _best_first(places: Sequence[Place], ranks: Mapping[Place, Rank]) -> list[Place]:
    """Ties go to the first."""
    return sorted(places, key=lambda place: ranks[place], reverse=True)


def _ranks_at(study: Study, groups: Groups, standings: Standings, epoch: int) -> dict[Place, Rank]:
    """How settings stand at an epoch's end: fewer diverged seeds first, then the mean validation score, or loss."""
    by = _criterion_at(study, standings.values())
    return {
        place: _rank_at(study, [standings[trial.key] for trial in group if trial.key in standings], epoch, by)
        for place, group in groups.items()
    }


def _criterion_at(study: Study, standings: Iterable[Standing]) -> Criterion:
    """As `criterion` has it, by what was measured on the way; by the loss where metrics differ.

    A loop that declares no metric names it when it finishes: until then its standing has a guess.
    """
    if study.tune.choose != "auto":
        return study.tune.choose
    under_way = [standing for standing in standings if standing.diverged_at is None]
    measured = all(standing.epochs[0].validation_loss is not None for standing in under_way if standing.epochs)
    unsure = len({standing.metric.name for standing in under_way}) > 1
    return "loss" if under_way and (under_way[0].metric.in_percent or unsure) and measured else "score"


def _rank_at(study: Study, standings: Sequence[Standing], epoch: int, by: Criterion) -> Rank:
    finished = [standing for standing in standings if not standing.diverged_by(epoch)]
    epochs = [next(iter(standing.epochs[epoch - 1 : epoch]), Epoch.unmeasured()) for standing in finished]
    values = [_value_of(study, each, by) for each in epochs]
    if not values:
        return (-len(standings), 0.0)
    sign = 1.0 if by == "score" and finished[0].metric.higher_is_better else -1.0
    return (len(finished) - len(standings), sign * sum(values) / len(values))


def _value_of(study: Study, epoch: Epoch, by: Criterion) -> float:
    """What an epoch measured on validation data. Raises StudyError where it is nothing."""
    value = epoch.validation_score if by == "score" else epoch.validation_loss
    if value is None:
        raise StudyError(
            f"{study.task} gave no validation {by} at a rung, by which halving decides what goes on; measure it after "
            f"every epoch, in a loop of your own by run.report(epoch=epoch, ...), or leave out `halving`"
        )
    return value


def _epoch_of(rung: str, groups: Groups, standings: Standings) -> int:
    """The epoch of a rung, as `rung_epoch` has it."""
    trial = next(trial for group in groups.values() for trial in group if trial.key in standings)
    return rung_epoch(rung, standings[trial.key].horizon, trial.evaluate_every)


def _standings_of(records: Iterable[Record]) -> Standings:
    return {record.trial.key: Standing.of_record(record) for record in records}


def _trials_in(groups: Iterable[Sequence[Trial]]) -> tuple[Trial, ...]:
    return tuple(trial for group in groups for trial in group)


def words_of_whole(batch: Batch, trained: Records, loop: bool) -> str:
    """What is to be said where trials that were to stop at a rung went on to their end; "" where none did.

    trained: the records that came of the batch. loop: whether a loop of the user's own was to stop.
    """
    ends = [Standing.of_record(record) for record in trained.values() if batch.rung and not record.diverged]
    if not any(rung_epoch(batch.rung, standing.horizon) for standing in ends):
        return ""
    if loop:
        return (
            f"{counted(len(ends), 'trial')} went past a rung to the end, so that halving saves nothing there: the loop "
            "does not look at run.should_stop after run.report(...); look, save into run.folder, and return"
        )
    return "the plain loop trains trials whole, so that halving saves nothing; --engine stacked stops them at rungs."
