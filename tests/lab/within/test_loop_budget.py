"""A study of a user's own loop within a budget, by a clock that is given: its pace is that of its first trials."""

import pytest

from lrlab import lab
from lrlab.errors import StudyError
from lrlab.execution import Inline
from lrlab.lab._stacking._stacks import run_missing
from lrlab.lab._within import _budget, _loop_budget
from lrlab.spec import Study
from lrlab.store import Store
from support.loops import train
from support.watching import Watching
from support.workshops import workshop


class World:
    """A clock, and trials that take so many seconds each."""

    def __init__(self, seconds):
        self.now, self.seconds = 0.0, seconds

    def run_missing(self, missing, store, crew, watch):
        self.now += self.seconds * len(missing)
        return run_missing(missing, store, crew._replace(until=None), watch)


def run(tmp_path, monkeypatch, seconds, budget, seeds=20, name="a"):
    world, watch = World(seconds), Watching()
    for module in (_budget, _loop_budget):
        monkeypatch.setattr(module, "monotonic", lambda: world.now)
    monkeypatch.setattr(_budget, "run_missing", world.run_missing)
    monkeypatch.setattr(_budget, "CLOSING", (0.0, 0.0))
    study = Study(
        name=name,
        task="task",
        schedules=["constant", "linear"],
        budget="20 updates",
        tune={"peaks": [0.1, 0.3], "seeds": 1, "extend": 0},
        confirm={"seeds": seeds},
    )
    prepared = lab.prepare(study, lab.open_task(train, send=False))
    with Store(tmp_path / "s.db", write=True) as store:
        keeper = lab.loop_keeper(prepared, _budget.Budget(budget, 0.0), workshop(store))
        crew = lab.crew_of(prepared, Inline(), keeper.setup, None)
        return lab.run_study(prepared, store, crew, watch, "", keeper), watch, keeper


def said(watch):
    return [getattr(event, "text", "") for event in watch.events]


def test_seeds_are_cut_to_what_fits(tmp_path, monkeypatch):
    results, watch, keeper = run(tmp_path, monkeypatch, 10.0, 260.0)
    assert len(results.study.confirm.seeds) == 11  # 4 trials tune, and 22 fit into the rest
    assert any("a trial takes 10 s: about" in text for text in said(watch))
    assert any("11 of 20 seeds confirm" in text for text in said(watch))
    assert keeper.pace.update == 0.5


def test_what_ended_before_says_how_long_a_trial_takes(tmp_path, monkeypatch):
    run(tmp_path, monkeypatch, 10.0, 1000.0, seeds=6)
    _, watch, keeper = run(tmp_path, monkeypatch, 10.0, 1000.0, seeds=8)
    assert 0 < keeper.pace.update < 0.1  # as it was measured, by a real clock, of trials that take no time
    assert not any("a trial takes" in text for text in said(watch))


def test_where_not_even_the_fewest_fit_it_is_said_what_would(tmp_path, monkeypatch):
    words = (
        r"15 more trials of 10 s each, on 1 process, need about 3 min 20 s, but 1 min 30 s .* raise it to --budget 210s"
    )
    with pytest.raises(StudyError, match=words):
        run(tmp_path, monkeypatch, 10.0, 100.0)


@pytest.mark.parametrize(
    ("tune", "option"), [({"peaks": [0.1]}, "--peaks"), ({"search": {"space": {"peak": "0.1..1"}}}, "--trials")]
)
def test_what_to_take_fewer_of_is_an_option_that_was_given(tune, option):
    study = Study(name="a", task="task", schedules=["linear"], budget="9 updates", tune=tune, confirm={"seeds": 6})
    assert _budget.settings_option(study) == option
