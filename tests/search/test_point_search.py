"""Points asked and told: those that Optuna gives itself, the same whatever the order of scores."""

import hashlib
import random
import sys
import warnings

import pytest

from lrlab.errors import StudyError
from lrlab.search import PointSearch, check_sampler
from lrlab.search import _optuna as ours
from lrlab.spec import Search, read_axis

optuna = pytest.importorskip("optuna")

SPACE = {
    "peak": read_axis("0.01..1 log"),
    "warmup.span": read_axis("1%..20%"),
    "batch_size": read_axis("16..64 step 16")._replace(whole=True),
}
MIXED = SPACE | {"optimizer": read_axis("sgd|adam")}
SAMPLERS = ("random", "sobol", "tpe", "cmaes")


def score_of(point):
    return -abs(float(point.values["peak"]) - 0.1) - float(str(point.values["warmup.span"]).rstrip("%")) / 1000


def run(search, space=SPACE, order=None):
    """The points of a whole search, told in some order."""
    points, source = [], PointSearch(search, space, "cosine")
    while asked := source.ask():
        points.extend(asked)
        told = list(asked)
        (order or (lambda rounds: None))(told)
        for point in told:
            source.tell(point, score_of(point))
    return points, source


def optuna_points(make, rounds, first=None):
    """What Optuna itself draws, a round at a time, with a sampler of its own for each."""
    kinds = optuna.distributions
    distributions = {
        "peak": kinds.FloatDistribution(0.01, 1, log=True),
        "warmup.span": kinds.FloatDistribution(1, 20),
        "batch_size": kinds.IntDistribution(16, 64, step=16),
    }
    study, points = optuna.create_study(direction="maximize"), []
    if first is not None:
        study.add_trial(optuna.trial.create_trial(params=first, distributions=distributions, value=0.0))
    for number, count in enumerate(rounds):
        seed = int.from_bytes(hashlib.sha256(f"7 cosine {number}".encode()).digest()[:4], "big")
        study.sampler = make(seed)
        trials = [study.ask(distributions) for _ in range(count)]
        points += [dict(trial.params) for trial in trials]
        for trial in trials:
            study.tell(trial, -abs(trial.params["peak"] - 0.1) - trial.params["warmup.span"] / 1000)
    return points


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_points_are_those_of_optuna(sampler):
    samplers = optuna.samplers
    first = {"peak": 0.01, "warmup.span": 1.0, "batch_size": 16}

    def tpe(seed):
        return samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True)

    make, rounds, before = {
        "random": (lambda seed: samplers.RandomSampler(seed=seed), [20], None),
        "sobol": (lambda seed: samplers.QMCSampler(scramble=True, seed=seed), [20], first),
        "tpe": (tpe, [8, 8, 4], None),
        "cmaes": (lambda seed: samplers.CmaEsSampler(seed=seed, independent_sampler=tpe(seed)), [8, 8, 4], None),
    }[sampler]
    search = Search(sampler=sampler, trials=20, seed=7)
    source, drawn = PointSearch(search, SPACE, "cosine"), []
    draw = source._source.draw
    source._source.draw = lambda count: drawn.extend(raw := draw(count)) or raw
    while asked := source.ask():  # told what was drawn, before it was rounded
        for point in asked:
            raw = drawn[point.number]
            source.tell(point, -abs(raw["peak"] - 0.1) - raw["warmup.span"] / 1000)
    wanted = optuna_points(make, rounds, before)
    for ours_, theirs in zip(drawn, wanted, strict=True):
        assert ours_ == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("space", [SPACE, MIXED, {"peak": SPACE["peak"]}])
@pytest.mark.parametrize("sampler", [*SAMPLERS, "grid"])
def test_the_order_of_scores_does_not_matter(sampler, space):
    search = Search(sampler=sampler, trials=20, ask=7)
    if "warmup.span" not in space:
        space = space | {"warmup.span": read_axis("1%..2%")}
    plain, first = run(search, space)
    shuffled, second = run(search, space, random.Random(3).shuffle)
    assert plain == shuffled
    assert first.best() == second.best()


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_search_over_one_field_is_one(sampler):
    space = {"peak": SPACE["peak"]}
    source = PointSearch(Search(sampler=sampler, trials=9, ask=4), space, "constant")
    peaks = []
    while asked := source.ask():
        for point in asked:
            peaks.append(point.values["peak"])
            source.tell(point, -point.values["peak"])
    assert len(peaks) == 9
    assert all(0.01 <= peak <= 1 for peak in peaks)


@pytest.mark.parametrize(("sampler", "rounds"), [("tpe", [5, 5, 2]), ("random", [12]), ("sobol", [12]), ("grid", [12])])
def test_only_what_learns_is_asked_in_rounds(sampler, rounds):
    source, sizes = PointSearch(Search(sampler=sampler, trials=12, ask=5), SPACE, "x"), []
    while asked := source.ask():
        assert source.ask() == asked  # they wait for their scores
        sizes.append(len(asked))
        for point in asked:
            source.tell(point, 0.0)
    assert sizes == rounds


def test_seed_and_label_make_other_points():
    def first(seed, label):
        return PointSearch(Search(sampler="random", seed=seed), SPACE, label).ask()

    assert first(0, "cosine") == first(0, "cosine")
    assert first(0, "cosine") != first(1, "cosine")
    assert first(0, "cosine") != first(0, "linear")


def test_tpe_comes_closer_than_chance():
    def miss(sampler, seed):
        points, _ = run(
            Search(sampler=sampler, trials=40, seed=seed), {name: SPACE[name] for name in ("peak", "warmup.span")}
        )
        return max(map(score_of, points))

    better = sum(miss("tpe", seed) > miss("random", seed) for seed in range(15))
    assert better >= 10


def test_a_grid_is_every_combination():
    points, source = run(
        Search(sampler="grid", trials=12), {"peak": SPACE["peak"], "warmup.span": SPACE["warmup.span"]}
    )
    assert len({tuple(point.values.items()) for point in points}) == 12
    assert {point.values["warmup.span"] for point in points} == {"1%", "10.5%", "20%"}
    assert source.best().values["peak"] in (0.0464, 0.215)


@pytest.mark.parametrize("missing", ["optuna", "cmaes"])
def test_a_package_that_is_missing_is_named_with_the_extra(monkeypatch, missing):
    find = ours.find_spec
    monkeypatch.setattr(ours, "find_spec", lambda name: None if name == missing else find(name))
    with pytest.raises(StudyError, match=rf'needs the package {missing}.*pip install "lrlab\[search\]"'):
        PointSearch(Search(sampler="cmaes"), SPACE, "x")
    check_sampler(Search(sampler="grid"))
    PointSearch(Search(sampler="grid", trials=12), SPACE, "x")


def test_optuna_is_loaded_by_a_search_alone_and_is_silent(capfd):
    assert "optuna" not in ours.__dict__
    before = optuna.logging.get_verbosity()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for sampler in SAMPLERS:
            run(Search(sampler=sampler, trials=12), MIXED)
    assert capfd.readouterr() == ("", "")
    assert optuna.logging.get_verbosity() == before


def test_the_door_loads_no_optuna():
    import subprocess

    code = "import sys, lrlab.search, lrlab.lab, lrlab.api; sys.exit('optuna' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_was_not_asked_for_or_is_no_number_is_refused():
    source = PointSearch(Search(sampler="grid", trials=12), SPACE, "x")
    with pytest.raises(StudyError, match="no point has a score yet; tell one"):
        source.best()
    point = source.ask()[0]
    with pytest.raises(StudyError, match="tell the worst one of a trial that diverged"):
        source.tell(point, float("nan"))
    with pytest.raises(StudyError, match="point 99 was not asked for; tell of what `ask` gave"):
        source.tell(point._replace(number=99), 0.0)
