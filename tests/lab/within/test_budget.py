"""A budget is kept, by a clock and paces that are given: what it buys, what is cut on the way, and in which words."""

import re

import numpy as np
import pytest

from lrlab import lab
from lrlab.errors import StudyError, TimeUp
from lrlab.execution import Inline
from lrlab.lab import _look_phase
from lrlab.lab._calibrate import Pace
from lrlab.lab._seeds import with_seeds
from lrlab.lab._stacking._stack_plans import count_trainings
from lrlab.lab._stacking._stacks import run_missing
from lrlab.lab._within import _budget, _fit_budget
from lrlab.lab._within._budget import Budget, Keeper, comparison_before, enough_seeds
from lrlab.spec import Setup, Study
from lrlab.store import Store, StoredStudy
from support.tasks import BLOBS_FILE, study
from support.watching import Watching
from support.workshops import workshop

SETUP = Setup(layout="grouped", size=4, processes=2, update=1.0, look=0.0)
PACE = Pace(update=0.01, look=0.0, build=0.0)


class World:
    """A clock, and training that takes `slower(now)` times as long as the pace says, of real trials.

    whole: how many trials of the confirm phase have ended when time is up.
    """

    def __init__(self, slower, whole=0):
        self.now, self.slower, self.progress, self.share, self.whole = 0.0, slower, 0.0, 0.0, whole

    def run_missing(self, missing, store, crew, watch):
        epochs = float(missing[0].budget.split()[0])
        trainings = count_trainings(missing, SETUP)
        rounds = -(-trainings // 8)
        need = rounds * -(-trainings // (rounds * 2)) * epochs * 4 * PACE.update * self.slower(self.now)
        left = need - self.progress
        if self.now + left > crew.until:
            self.progress += crew.until - self.now
            self.share = self.progress / need
            self.now = crew.until
            if self.whole and len(missing) > 8:
                ended = sorted(missing, key=lambda trial: trial.seed)[: self.whole]
                run_missing(ended, store, crew._replace(until=None), watch)
            raise TimeUp("time is up")
        self.now += left
        self.progress = self.share = 0.0
        return run_missing(missing, store, crew._replace(until=None), watch)


@pytest.fixture
def place(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    return lab.open_task(f"{tmp_path / 'mine.py'}:task")


def prepared(place, **changes):
    changes = {"batch_size": 18, "budget": "5 epochs"} | changes
    return lab.prepare(study(place.where, **changes), place)


def run(place, tmp_path, monkeypatch, slower, seconds, whole=0, **changes):
    """The study in that world: results, watch and world."""
    world, watch = World(slower, whole), Watching()
    monkeypatch.setattr(_budget, "monotonic", lambda: world.now)
    monkeypatch.setattr(_budget, "run_missing", world.run_missing)
    monkeypatch.setattr(_budget, "_share_done", lambda missing, store: world.share)
    monkeypatch.setattr(_budget, "CLOSING", (0.0, 0.0))
    monkeypatch.setattr(_budget, "WATCHED", 0.1)
    one = prepared(place, **changes)
    keeper = Keeper(one, SETUP, PACE, Budget(seconds, 0.0))
    with Store(tmp_path / "s.db", write=True) as store:
        crew = lab.Crew(Inline(), Setup(layout="loop", processes=1), place.where)
        try:
            return lab.run_study(one, store, crew, watch, "request", keeper), watch, world
        except TimeUp as paused:
            return paused, watch, world


SIX = {"confirm": {"seeds": 8}, "tune": {"peaks": (0.03, 0.1), "seeds": 1, "extend": 2}}


def epochs_of(results):
    return {record.trial.budget for record in (*results.tuned, *results.confirmed)}


def test_what_goes_as_measured_is_not_cut(place, tmp_path, monkeypatch):
    results, watch, world = run(place, tmp_path, monkeypatch, lambda now: 1.0, 4.0, **SIX)
    assert watch.cuts == []
    assert {row.seeds for row in results.rows} == {8}
    assert world.now <= 4.0


def test_grids_grow_no_further_where_time_is_short(place, tmp_path, monkeypatch):
    whole, _, world = run(place, tmp_path, monkeypatch, lambda now: 1.0, 100.0, **SIX)
    assert any(len(choice.peaks) > 2 for choice in whole.choices)  # they would
    short, watch, world = run(place, tmp_path / "short", monkeypatch, lambda now: 1.0, 1.75, **SIX)
    assert any("grids of peaks grow no further" in words for words, _ in watch.cuts)
    assert all(len(choice.peaks) == 2 for choice in short.choices)
    assert world.now <= 1.2 * 1.75


@pytest.mark.parametrize("seconds", [1.65, 1.8])
def test_fewer_seeds_confirm_but_never_fewer_than_decide(place, tmp_path, monkeypatch, seconds):
    results, watch, world = run(place, tmp_path, monkeypatch, lambda now: 1.0, seconds, **SIX)
    (seeds,) = {row.seeds for row in results.rows}
    assert 6 <= seeds < 8
    assert results.study.confirm.seeds == tuple(range(1000, 1000 + seeds))
    assert any(f"{seeds} of 8 seeds confirm" in words for words, _ in watch.cuts)
    assert {record.trial.seed for record in results.confirmed} == set(results.study.confirm.seeds)
    assert world.now <= 1.2 * seconds


@pytest.mark.parametrize("factor", [2.5, 4.0])
def test_a_slower_machine_gets_fewer_epochs_for_all(place, tmp_path, monkeypatch, factor):
    results, watch, world = run(place, tmp_path, monkeypatch, lambda now: factor, 2.5, **SIX)
    assert len(epochs_of(results)) == 1
    assert epochs_of(results) != {"5 epochs"}
    assert any(re.search(r"trials of \d epochs instead of 5 start over", words) for words, _ in watch.cuts)
    assert world.now <= 1.2 * 2.5


def test_where_not_one_epoch_fits_any_more_it_is_said(place, tmp_path, monkeypatch):
    paused, _, world = run(place, tmp_path, monkeypatch, lambda now: 40.0, 2.5, **SIX)
    assert isinstance(paused, TimeUp)
    assert "takes about" in str(paused)
    assert "the same command goes on" in str(paused)
    assert world.now <= 1.2 * 2.5


def test_training_ends_when_the_budget_is_over(place, tmp_path, monkeypatch):
    """As on a machine that becomes slow after the tuning phase."""
    paused, _, world = run(place, tmp_path, monkeypatch, lambda now: 1.0 if now < 0.5 else 50.0, 2.0, **SIX)
    assert "the budget is over before the answer: what ended is stored" in str(paused)
    assert world.now == pytest.approx(_budget.OVERTIME * 2.0)


@pytest.mark.parametrize(("whole", "seeds"), [(12, 6), (13, 6), (15, 7)])
def test_seeds_that_have_ended_by_then_answer_where_they_are_enough(place, tmp_path, monkeypatch, whole, seeds):
    slower = lambda now: 1.0 if now < 0.3 else 50.0  # noqa: E731
    fixed = SIX | {"tune": {"peaks": (0.03, 0.1), "seeds": 1, "extend": 0}}
    results, watch, world = run(place, tmp_path, monkeypatch, slower, 2.2, whole, **fixed)
    assert {row.seeds for row in results.rows} == {seeds}
    assert any(f"{seeds} seeds confirm, which have ended" in words for words, _ in watch.cuts)
    assert world.now == pytest.approx(_budget.OVERTIME * 2.2)


def test_the_least_budget_is_said_and_does(place, monkeypatch):
    monkeypatch.setattr(_budget, "monotonic", lambda: 0.0)
    one = prepared(place, **SIX)
    with pytest.raises(StudyError, match=r"20 trials of one epoch need .* it is 1 s; raise it to --budget \d+s") as no:
        Keeper(one, SETUP, PACE._replace(update=0.2), Budget(1.0, 0.0)).epochs()
    least = float(re.search(r"--budget (\d+)s", str(no.value))[1])
    assert Keeper(one, SETUP, PACE._replace(update=0.2), Budget(least, 0.0)).epochs() == 1


@pytest.mark.parametrize(("update", "epochs"), [(1e-7, 30), (0.01, 20), (0.05, 4), (0.1, 2)])
def test_a_budget_buys_epochs(place, monkeypatch, update, epochs):
    monkeypatch.setattr(_budget, "monotonic", lambda: 0.0)
    monkeypatch.setattr(_budget, "CLOSING", (0.0, 0.0))
    one = prepared(place, confirm={"seeds": 4}, tune={"peaks": (0.03, 0.1), "seeds": 1, "extend": 0})
    # 4 trials, then 8: two rounds of stacks of four, an epoch of which takes 16 updates each
    keeper = Keeper(one, SETUP, PACE._replace(update=update), Budget(2 * 4 * 4 * 0.01 * 20 / 0.75, 0.0))
    assert keeper.epochs() == epochs


WELL = {"peaks": (0.03, 0.1), "seeds": 1, "extend": 0, "refine": 1.5, "finalists": 2, "final_seeds": 2}
SEVERAL = {"tune": {"peaks": (0.03, 0.1), "seeds": 1, "extend": 0}, "confirm": {"seeds": 10}}
SPARING = {"tune": WELL, "confirm": {"seeds": 8, "rivals": True}}


def asked_of(tuned, seeds):
    """Field by field, what a study still has of what it was given."""
    return tuned.refine, tuned.finalists, len(tuned.final_seeds), seeds.rivals, len(seeds.seeds)


@pytest.mark.parametrize(
    ("seconds", "cuts", "left"),
    [
        (9.0, [], (1.5, 2, 2, True, 8)),
        (3.2, ["6 of 8 seeds confirm", "no rival peaks are confirmed"], (1.5, 2, 2, False, 6)),
        (2.6, ["on no further seeds", "6 of 8 seeds confirm", "no rival peaks"], (1.5, 1, 0, False, 6)),
        (1.9, ["not refined", "on no further seeds", "6 of 8 seeds", "no rival peaks"], (None, 1, 0, False, 6)),
    ],
)
def test_what_tunes_well_is_spared_before_the_seeds_that_decide(place, tmp_path, monkeypatch, seconds, cuts, left):
    monkeypatch.setattr(_look_phase, "losers", lambda family: set(family.values))  # all have rivals then
    results, watch, world = run(place, tmp_path, monkeypatch, lambda now: 1.0, seconds, **SPARING)
    words = [text for text, _ in watch.cuts]
    assert len(words) == len(cuts)
    assert all(cut in text for cut, text in zip(cuts, words, strict=True))
    assert asked_of(results.study.tune, results.study.confirm) == left
    assert world.now <= 1.2 * seconds


def test_rivals_are_left_out_where_time_is_up_before_they_have_ended(place, tmp_path, monkeypatch):
    """As on a machine that becomes slow after the confirm phase."""
    slower = lambda now: 1.0 if now < 3.3 else 50.0  # noqa: E731
    monkeypatch.setattr(_look_phase, "losers", lambda family: set(family.values))
    results, watch, _ = run(place, tmp_path, monkeypatch, slower, 5.0, **SPARING)
    assert ["no rival peaks are confirmed" in text for text, _ in watch.cuts] == [True]
    assert {row.seeds for row in results.rows} == {8}


@pytest.mark.parametrize(
    ("update", "open_seeds", "seeds", "epochs"),
    [(0.01, True, 16, 20), (0.01, False, 10, 25), (1e-6, True, 30, 30), (0.03, True, 20, 6), (0.03, False, 10, 8)],
)
def test_seeds_are_weighed_against_epochs_where_both_are_open(
    place, tmp_path, monkeypatch, update, open_seeds, seeds, epochs
):
    monkeypatch.setattr(_budget, "monotonic", lambda: 0.0)
    monkeypatch.setattr(_budget, "CLOSING", (0.0, 0.0))
    monkeypatch.setattr(_fit_budget, "setup_of", lambda *_: SETUP)
    monkeypatch.setattr(_fit_budget, "pace_now", lambda *_: PACE._replace(update=update))
    draft, said = prepared(place, **SEVERAL), []
    with Store(tmp_path / "s.db", write=True) as store:
        shop = workshop(store, listen=said.append)
        fitted, _ = lab.fit_budget(draft, Budget(25.0, 0.0), "request", shop, open_seeds)
    assert (len(fitted.study.confirm.seeds), fitted.study.budget) == (seeds, f"{epochs} epochs")
    assert any(f"{seeds} fresh seeds each" in event.text for event in said) == (seeds > 10)


def test_a_comparison_of_other_schedules_brings_its_seeds_too(place, tmp_path, monkeypatch):
    monkeypatch.setattr(_budget, "monotonic", lambda: 0.0)
    monkeypatch.setattr(_fit_budget, "setup_of", lambda *_: SETUP)
    monkeypatch.setattr(_fit_budget, "pace_now", lambda *_: PACE)
    one = prepared(place, **SEVERAL)
    past = with_seeds(one.study, 20).model_copy(update={"budget": "3 epochs"})
    more = {"schedules": ("constant", "cosine", "rex", "linear"), "name": "more"}
    with Store(tmp_path / "s.db", write=True) as store:
        store.add_study(StoredStudy(past, place.data, "90 s, seeds open"))
        for seeds_open, seeds in ((True, 20), (False, 10)):
            given = (prepared(place, **SEVERAL | more), Budget(900.0, 0.0), "other", workshop(store))
            fitted, _ = lab.fit_budget(*given, seeds_open)
            assert len(fitted.study.confirm.seeds) == seeds
            assert (fitted.study.budget == "3 epochs") == seeds_open


@pytest.mark.parametrize(("seeds", "schedules", "enough"), [(10, 2, 6), (10, 6, 9), (4, 2, 4), (10, 1, 2), (2, 3, 2)])
def test_the_seeds_that_decide(seeds, schedules, enough):
    names = ("constant", "cosine", "linear", "step", "exponential", "one_cycle", "rex", "tanh")[:schedules]
    assert enough_seeds(study("t", schedules=names, confirm={"seeds": seeds})) == enough


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"schedules": ("constant", "cosine", "linear")}, True),
        ({"schedules": ("cosine",)}, True),
        ({"schedules": ("constant", "cosine")}, False),  # the same, for another budget
        ({"schedules": ("step", "linear")}, False),
        ({"schedules": ("constant", "linear"), "batch_size": 20}, False),
        ({"schedules": ("constant", "linear"), "optimizer": "adam"}, False),
        ({"schedules": ("constant", "linear"), "confirm": {"seeds": 3}}, False),
        ({"schedules": ("constant", "linear"), "tune": {"peaks": (0.1, 0.3), "seeds": 1}}, False),
    ],
)
def test_a_comparison_of_other_schedules_is_found_again(tmp_path, changes, found):
    old, new = study("t"), study("t", **{"name": "new", "budget": "30 epochs"} | changes)
    with Store(tmp_path / "s.db", write=True) as store:
        store.add_study(StoredStudy(old, "data", ""))
        assert comparison_before(new, "data", store) is None  # its epochs were asked for
        store.add_study(StoredStudy(old, "data", "90 s"))
        assert comparison_before(new, "other data", store) is None
        assert comparison_before(new, "data", store) == (old if found else None)


def test_one_that_was_cut_is_found_too(tmp_path):
    whole = study("t", confirm={"seeds": 10})
    cut = _budget.first_seeds(whole, 7)
    cut = Study.model_validate(cut.to_dict() | {"tune": cut.tune.to_dict() | {"extend": 0}})
    with Store(tmp_path / "s.db", write=True) as store:
        store.add_study(StoredStudy(cut, "data", "90 s"))
        more = whole.model_copy(update={"schedules": study("t", schedules=("cosine", "rex")).schedules})
        assert comparison_before(more, "data", store) == cut


def test_max_seconds_are_kept_beside_a_budget(place, tmp_path, monkeypatch):
    world = World(lambda now: 1.0)
    monkeypatch.setattr(_budget, "monotonic", lambda: world.now)
    monkeypatch.setattr(_budget, "run_missing", world.run_missing)
    one = prepared(place, **SIX)
    with Store(tmp_path / "s.db", write=True) as store:
        crew = lab.Crew(Inline(), Setup(layout="loop"), place.where, until=0.1)
        with pytest.raises(TimeUp, match=r"--max-seconds are over: .* the same command goes on"):
            lab.run_study(one, store, crew, Watching(), "", Keeper(one, SETUP, PACE, Budget(90, 0.0)))


def test_what_does_not_fit_at_one_epoch_is_left_out_before_the_budget_is_refused(place, tmp_path, monkeypatch):
    """Rivals first, then further seeds, then refining; each is said."""
    monkeypatch.setattr(_budget, "monotonic", lambda: 0.0)
    monkeypatch.setattr(_budget, "CLOSING", (0.0, 0.0))
    monkeypatch.setattr(_fit_budget, "setup_of", lambda *_: SETUP)
    monkeypatch.setattr(_fit_budget, "pace_now", lambda *_: PACE)
    draft, parts = prepared(place, **SPARING), set()
    plain = prepared(place, tune={name: WELL[name] for name in ("peaks", "seeds", "extend")}, confirm={"seeds": 8})
    needed = [Keeper(each, SETUP, PACE, Budget(1.0, 0.0)).seconds_of_all(1) for each in (plain, draft)]
    for number, seconds in enumerate(np.linspace(*needed, 6)):
        said = []
        with Store(tmp_path / f"{number}.db", write=True) as store:
            fitted, _ = lab.fit_budget(draft, Budget(seconds, 0.0), "request", workshop(store, listen=said.append))
        tune, confirm = fitted.study.tune, fitted.study.confirm
        left = (confirm.rivals, tune.finalists > 1, tune.refine is not None)
        assert left == tuple(sorted(left))  # what goes first is not there where what goes later is gone
        assert len([event for event in said if "within " in event.text]) == 3 - sum(left)
        parts.add(left)
    assert {(False, False, False), (True, True, True)} <= parts


AVERAGES = {
    "schedules": ("constant", "constant+ema(decay=0.9)", "constant+swa", "constant+lawa(last=2)"),
    "tune": {"peaks": (0.1,), "seeds": 2, "extend": 0},
    "confirm": {"seeds": 8, "rivals": False},
}


def test_a_budget_that_fits_because_trainings_are_shared_is_kept(place, tmp_path, monkeypatch):
    """40 trials of 5 epochs from 10 trainings: 2 rounds of 4 and 1 side by side, 0.2 s a training."""
    results, watch, world = run(place, tmp_path, monkeypatch, lambda now: 1.0, 1.25, **AVERAGES)
    assert watch.cuts == []
    assert {row.seeds for row in results.rows} == {8}
    assert world.now == pytest.approx(1.0, abs=0.21)
    assert {record.provenance.shared_with for record in results.confirmed} == {3}
    alone = AVERAGES | {"schedules": ("constant", "cosine", "linear", "wsd")}
    other, watch, _ = run(place, tmp_path / "alone", monkeypatch, lambda now: 1.0, 1.25, **alone)
    assert watch.cuts or isinstance(other, TimeUp)


def test_the_epochs_that_a_budget_buys_count_a_shared_training_once(place, monkeypatch):
    monkeypatch.setattr(_budget, "monotonic", lambda: 0.0)
    one = prepared(place, **AVERAGES)
    shared, plain = (
        Keeper(one, SETUP.model_copy(update={"layout": layout}), PACE, Budget(6.0, 0.0)).most_epochs()
        for layout in ("grouped", "reference")
    )
    assert (shared, plain) == (10, 4)


def test_what_is_left_of_a_study_is_told_in_trainings(place, tmp_path):
    with Store(tmp_path / "s.db", write=True) as store:
        done = lab.progress(prepared(place, **AVERAGES).study, place.data, store)
    assert done == (0, 40, 10)
