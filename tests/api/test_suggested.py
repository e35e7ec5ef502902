"""The optimizer that a task suggests, in every question that trains it."""

import pytest

import lrlab
from lrlab.errors import StudyError
from lrlab.spec import OPTIMIZERS, Optimizer
from support.tasks import blobs

HOW = {"workers": 0, "progress": False}
SMALL = {"updates": 6, "seeds": 2, "tuning_seeds": 1, "batch_size": 16, **HOW}
LION = Optimizer(name="lion", weight_decay=0.01)
FILE = """from support.tasks import blobs
def task():
    made = blobs()
    made.optimizer = __import__("lrlab.spec").spec.read_suggestion("lion(weight_decay=0.01)")
    return made
"""


@pytest.fixture
def task():
    made = blobs()
    made.optimizer = LION
    return made


@pytest.fixture
def store(tmp_path):
    return tmp_path / "a.db"


def told_of(kept):
    return [event.text for event in kept if hasattr(event, "text")]


def test_a_comparison_trains_with_it_and_says_so(task, store):
    kept = []
    results = lrlab.compare(task, ["constant", "cosine"], store=store, **SMALL | {"progress": kept.append})
    assert {record.trial.optimizer for record in results.findings.confirmed} == {LION}
    assert results.study.tune.peaks == OPTIMIZERS["lion"].peaks
    sentence = "optimizer is lion(weight_decay=0.01), which task:model suggests"
    assert any(sentence in text and "--optimizer" in text for text in told_of(kept))
    assert any(sentence in note for note in results.notes)


def test_what_is_named_wins(task, store):
    for named, expected in (
        ("sgd", Optimizer()),
        ({"weight_decay": 0.5}, Optimizer(name="lion", weight_decay=0.5)),
        (Optimizer(name="adamw"), Optimizer(name="adamw")),
    ):
        results = lrlab.compare(task, ["constant"], optimizer=named, peaks=[0.01], store=store, **SMALL)
        assert results.study.optimizer == expected
    plain = lrlab.compare(blobs(), ["constant"], peaks=[0.01], store=store, **SMALL)
    assert plain.study.optimizer == Optimizer()
    assert not any("suggests" in note for note in plain.notes)


def test_an_arm_with_its_own_has_nothing_of_what_is_suggested(task, store):
    results = lrlab.compare(task, ["constant", "cosine@adamw"], peaks=[0.01], store=store, **SMALL)
    by_label = {results.study.label_of(record.trial): record.trial.optimizer for record in results.findings.confirmed}
    assert by_label == {"constant": LION, "cosine@adamw": Optimizer(name="adamw")}


def test_a_file_may_suggest_one_and_a_search_is_over_its_fields(tmp_path, store):
    file = tmp_path / "mine.py"
    file.write_text(FILE)
    search = {"tune": "peak,beta2=0.9..0.95", "trials": 2, "search": "random", "store": store}
    results = lrlab.compare(f"{file}:task", ["constant"], **search, **SMALL)
    assert results.study.optimizer == LION
    assert {0.9 <= record.trial.optimizer.beta2 <= 0.95 for record in results.findings.confirmed} == {True}
    with pytest.raises(StudyError, match="gamma"):
        lrlab.compare(f"{file}:task", ["constant"], **search | {"tune": "gamma=1..2"}, **SMALL)


def test_a_study_file_takes_it_where_it_names_none(task, store, tmp_path):
    file = tmp_path / "study.yaml"
    text = "name: s\ntask: digits/mlp\nbudget: 6 updates\nschedules: [constant]\n"
    text += "tune: {peaks: [0.01]}\nconfirm: {seeds: 2}\n"
    file.write_text(text)
    assert lrlab.run(file, task=task, store=store, **HOW).study.optimizer == LION
    file.write_text(f"{text}optimizer: sgd\n")
    assert lrlab.run(file, task=task, store=store, **HOW).study.optimizer == Optimizer()


def test_the_range_test_starts_at_its_rates(task, store):
    found = lrlab.find(task, updates=10, seeds=2, store=store, **HOW)
    assert (found.test.optimizer, found.test.optimizer_from) == ("lion", "task")
    assert 0.05 < found.test.asked[0] / OPTIMIZERS["lion"].peaks[0] < 0.2
    assert "lion (its own suggestion)" in found.answer or found.suggestion is None
    assert lrlab.find(task, optimizer="sgd", updates=10, seeds=2, store=store, **HOW).test.optimizer == "sgd"


def test_verify_trains_with_it(task):
    clipped = Optimizer(name="lion", weight_decay=0.01, clip=1)
    checks = lrlab.verify(task, optimizer={"clip": 1.0}, layout="loop")
    assert {(check.optimizer, check.suggested) for check in checks} == {(clipped, True)}
    named = lrlab.verify(task, optimizer="sgd", layout="loop")
    assert {(check.optimizer, check.suggested) for check in named} == {(Optimizer(), False)}


def test_a_plan_and_decays_take_it(task, store):
    planned = lrlab.plan(task, ["constant", "cosine"], sd=1, epochs=1, batch_size=16, store=store, **HOW)
    assert "optimizer is lion" in str(planned).replace("The", "the")
    asked = {"updates": 12, "curves": ["linear"], "cooldowns": ["50%"], "horizons": ["100%"], "batch_size": 16}
    merged = lrlab.decays(task, **asked, seeds=2, store=store, **HOW)
    assert (merged.test.optimizer, merged.test.peak) == ("lion", OPTIMIZERS["lion"].peaks[2])
