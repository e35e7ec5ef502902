"""A budget beside a length: trials keep their length, seeds are cut, and what cannot fit is refused before training."""

import pytest

from lrlab import lab
from lrlab.errors import StudyError
from lrlab.execution import Inline
from lrlab.lab._calibrate import Pace
from lrlab.lab._stacking._stacks import run_missing
from lrlab.lab._within import _budget, _fit_budget, _fit_length
from lrlab.spec import Setup
from lrlab.store import Store
from support.tasks import BLOBS_FILE, study
from support.watching import Watching
from support.workshops import workshop

SETUP = Setup(layout="loop", processes=1, update=1.0)
UPDATE = 0.25  # seconds that are foreseen of each
REQUEST = "request 9 s, seeds by pace"


def train_all(missing, store, crew, watch):
    return run_missing(missing, store, crew._replace(until=None), watch)


@pytest.fixture
def draft(tmp_path, monkeypatch):
    monkeypatch.setattr(_budget, "monotonic", lambda: 0.0)
    monkeypatch.setattr(_budget, "CLOSING", (0.0, 0.0))
    monkeypatch.setattr(_budget, "WATCHED", 1e9)  # the clock stands still, and says nothing of the pace
    monkeypatch.setattr(_budget, "run_missing", train_all)
    monkeypatch.setattr(_fit_budget, "setup_of", lambda *_: SETUP)
    monkeypatch.setattr(_fit_budget, "pace_now", lambda *_: Pace(UPDATE, 0.0, 0.0))
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    place = lab.open_task(f"{tmp_path / 'mine.py'}:task")
    tune = {"peaks": (0.1,), "seeds": 2, "extend": 0}
    return lab.prepare(study(place.where, budget="2 epochs", batch_size=18, tune=tune, confirm={"seeds": 12}), place)


def fit(draft, store, seconds, seeds_open=False, said=None):
    budget, listen = lab.Budget(seconds, 0.0), (lambda _: None) if said is None else said.append
    return lab.fit_length(draft, budget, REQUEST, workshop(store, listen=listen), seeds_open)


def each(draft):
    """Seconds that a seed of all schedules is foreseen to take."""
    return len(draft.study.labels) * draft.horizon.updates * UPDATE


def test_seeds_are_cut_and_the_length_stays_and_the_same_call_is_the_same_study(draft, tmp_path):
    seconds = 11 * each(draft)
    with Store(tmp_path / "s.db", write=True) as store:
        fitted, keeper = fit(draft, store, seconds)
        crew, watch = lab.Crew(Inline(), SETUP, draft.task.where), Watching()
        results = lab.run_study(fitted, store, crew, watch, REQUEST, keeper)
        assert results.study.budget == "2 epochs"
        assert len(results.study.confirm.seeds) == 11
        assert len(watch.cuts) == 1
        again, keeper = fit(draft, store, seconds)
        assert (again.study, keeper) == (results.study, None)


def test_what_cannot_fit_names_the_budget_that_does(draft, tmp_path):
    with Store(tmp_path / "s.db", write=True) as store:
        with pytest.raises(StudyError, match=r"trials of 2 epochs, .* raise it to --budget \d+s, leave out") as refused:
            fit(draft, store, each(draft))
        least = int(str(refused.value).split("--budget ")[1].split("s,")[0])
        assert fit(draft, store, least)[0] == draft


@pytest.mark.parametrize(("seconds", "seeds"), [(1e6, 30), (20, 12)])
def test_more_seeds_are_taken_where_none_were_given_and_they_fit(draft, tmp_path, monkeypatch, seconds, seeds):
    monkeypatch.setattr(_fit_length, "CHEAP", 1e9)
    with Store(tmp_path / "s.db", write=True) as store:
        fitted, _ = fit(draft, store, seconds * each(draft), seeds_open=True)
    assert len(fitted.study.confirm.seeds) == seeds
