import hashlib
import json
import subprocess
import sys
from dataclasses import MISSING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lrlab.errors import StudyError
from lrlab.rules import RULES
from lrlab.schedules import AVERAGES, SCHEDULES
from lrlab.spec import (
    Arm,
    Candidate,
    Confirm,
    Evaluation,
    Halving,
    Metric,
    Optimizer,
    Record,
    Search,
    Setup,
    SparseCounts,
    StackPlan,
    Study,
    Trial,
    Tune,
    horizon_of,
)
from support.results import example_results
from support.tasks import study

TRIAL = {
    "task": "digits/convnet",
    "data": "0123456789abcdef",
    "optimizer": {"name": "sgd", "momentum": 0.9},
    "schedule": "warmup(span=5%)+cosine",
    "peak": 0.1,
    "seed": 3,
    "budget": "6 epochs",
    "batch_size": 32,
}
STUDY = {
    "name": "s",
    "task": "digits/mlp",
    "schedules": ["constant", {"name": "cosine", "floor": 0.1}],
    "budget": "500 updates",
    "tune": {"peaks": [0.1, 0.3]},
}


def test_a_key_is_the_same_in_every_field_order_and_notation():
    shuffled = dict(reversed(TRIAL.items())) | {
        "schedule": {"then": {"name": "cosine"}, "span": "5 %", "name": "warmup"},
        "optimizer": {"momentum": 0.9},
        "budget": "6 epoch",
    }
    assert Trial.model_validate(TRIAL).key == Trial.model_validate(shuffled).key


def test_a_key_is_the_same_in_another_process_with_another_hash_seed():
    code = f"from lrlab.spec import Trial; print(Trial.model_validate({TRIAL!r}).key)"
    env = {"PYTHONHASHSEED": "77"}
    there = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    ).stdout.strip()
    assert there == Trial.model_validate(TRIAL).key


def test_the_key_is_pinned():
    # Changing this number orphans every record users have: it needs a new protocol and a line in CHANGELOG.md.
    assert Trial.model_validate(TRIAL).key == "b91145b14ea9afbe"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("task", "digits/mlp"),
        ("data", "f" * 16),
        ("optimizer", {"momentum": 0.8}),
        ("schedule", "cosine"),
        ("peak", 0.2),
        ("seed", 4),
        ("budget", "7 epochs"),
        ("batch_size", 64),
        ("evaluate_every", 2),
        ("protocol", "2.0"),
    ],
)
def test_every_field_is_in_the_key(field, value):
    assert Trial.model_validate(TRIAL).key != Trial.model_validate(TRIAL | {field: value}).key


@given(
    peak=st.floats(1e-6, 1e3),
    seed=st.integers(0, 2**31 - 1),
    momentum=st.floats(0, 0.999),
    floor=st.floats(0, 1),
    budget=st.integers(1, 10**6),
)
def test_json_there_and_back_is_the_same_trial(peak, seed, momentum, floor, budget):
    fields = {
        "peak": peak,
        "seed": seed,
        "optimizer": {"momentum": momentum},
        "budget": f"{budget} updates",
        "schedule": {"name": "linear", "floor": floor},
    }
    trial = Trial.model_validate(TRIAL | fields)
    again = Trial.from_json(trial.to_json())
    assert again == trial
    assert again.key == trial.key


def test_fields_at_their_default_are_not_in_the_key():
    """So a field that a later version adds, with a default that changes nothing, orphans no record."""
    plain = Trial.model_validate(TRIAL)
    spelled = Trial.model_validate(
        TRIAL | {"schedule": plain.schedule.to_dict(), "optimizer": plain.optimizer.to_dict()}
    )
    assert plain.key == spelled.key
    assert plain.key != Trial.model_validate(TRIAL | {"schedule": "warmup(span=5%)+cosine(floor=0.1)"}).key


def test_every_default_is_pinned():
    # Keys leave defaults out, so a default that changes would give old records a new meaning: it needs a new protocol,
    # a line in CHANGELOG.md, and then a new number here. A new field or schedule needs the new number alone.
    defaults = {
        kind.__name__: {name: repr(default) for name, default in kind.parameters().items() if default is not MISSING}
        for kind in (*SCHEDULES.values(), *RULES.values(), *AVERAGES.values())
    }
    nouns = {
        kind.__name__: {name: repr(field.default) for name, field in kind.model_fields.items()}
        for kind in (Trial, Study, Optimizer, Tune, Search, Halving, Confirm, Arm, Candidate)
    }
    text = json.dumps(defaults | nouns, sort_keys=True)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "b4c021288bca8449"


def test_nouns_are_frozen_and_refuse_unknown_fields():
    trial = Trial.model_validate(TRIAL)
    with pytest.raises(ValidationError, match="frozen"):
        trial.seed = 5
    with pytest.raises(ValidationError, match="not permitted"):
        Trial.model_validate(TRIAL | {"colour": "red"})


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Study(name="x"), "task: must be given\nbudget: must be given"),
        (lambda: Optimizer(momentum=1.5), "momentum: input should be less than 1, but got 1.5"),
        (lambda: Metric(nam="x"), "nam: no such field; did you mean name?"),
    ],
)
def test_what_users_make_wrongly_is_told_as_in_a_study_file(make, words):
    with pytest.raises(StudyError) as told:
        make()
    assert words in str(told.value)


def test_a_record_refuses_what_is_not_a_number():
    assert "allow_inf_nan" in Record.model_config
    with pytest.raises(ValueError, match="finite"):
        Optimizer(weight_decay=float("nan"))


def test_labels_are_compared_once_and_not_each_with_each(monkeypatch):
    asked, labels = [], Study.labels.func
    monkeypatch.setattr(Study, "labels", property(lambda study: asked.append(study) or labels(study)))
    schedules = [f"step(every={number} updates)" for number in range(1, 999)]
    assert len(Study.model_validate(STUDY | {"schedules": schedules}).schedules) == 998
    with pytest.raises(ValidationError, match=r"step\(every=7 updates\), step\(every=9 updates\) stands there twice"):
        Study.model_validate(STUDY | {"schedules": [*schedules, *schedules[6:9:2]]})
    assert len(asked) < 10


def test_names_of_classes_are_kept_and_none_leave_no_trace():
    record = example_results().confirmed[0]
    named = record.model_copy(update={"class_names": ("cat", "dog")})
    assert Record.from_json(named.to_json()) == named
    assert "class_names" not in record.to_dict()
    assert Record.from_json(record.to_json()).class_names == ()


def test_seeds_may_be_counted_and_confirm_seeds_are_fresh():
    study = Study.model_validate(STUDY | {"confirm": {"seeds": 3}})
    assert study.tune.seeds == (0, 1)
    assert study.confirm.seeds == (1000, 1001, 1002)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"confirm": {"seeds": [1, 2]}}, r"confirm needs fresh seeds, but \[1\] were used for tuning.*begin them at 2"),
        ({"schedules": ["cosine", "cosine()"]}, "cosine stands there twice"),
        ({"baseline": "cosin"}, "baseline 'cosin' is not among the schedules; did you mean cosine"),
        ({"tune": {"peaks": [0.1, 0.1]}}, "peaks must differ"),
        ({"confirm": {"seeds": 0}}, r"must lie in \[1, 10000\]"),
        ({"budget": "20%"}, 'write "5 epochs" or "500 updates"'),
        ({"optimizer": {"name": "adam", "nesterov": True}}, "nesterov needs sgd"),
        ({"name": "a/b"}, "write a-b"),
        ({"schedules": ["cosine", {"floor": 0.1}]}, "needs a name"),
        ({"schedules": ["cosine(floor=2)"]}, "`floor` must be a number in"),
    ],
)
def test_a_study_that_contradicts_itself_is_refused(change, message):
    fields = STUDY | {"schedules": ["constant", "cosine(floor=0.1)", "cosine"]} | change
    with pytest.raises(ValidationError, match=message):
        Study.model_validate(fields)


def test_the_reference_is_constant_where_it_takes_part():
    assert Study.model_validate(STUDY).reference == "constant"
    assert Study.model_validate(STUDY | {"schedules": ["linear", "cosine"]}).reference == "linear"
    assert Study.model_validate(STUDY | {"baseline": "cosine(floor=0.1)"}).reference == "cosine(floor=0.1)"


def test_a_horizon_is_counted_in_whole_updates():
    assert horizon_of("5 epochs", 15).updates == 75
    assert horizon_of("0.5 epochs", 15).updates == 8
    assert horizon_of("40 updates", 15).epochs == 3


def test_canonical_json_has_sorted_fields_and_no_spaces():
    text = Study.model_validate(STUDY).to_json()
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize("cell", [(-1, 0, 1), (0, 3, 1), (3, 0, 1), (0, 0, 0), (0, 0, -2)])
def test_sparse_counts_hold_classes_that_there_are(cell):
    with pytest.raises(ValidationError, match=r"classes 0 .. 2 and counts above 0"):
        SparseCounts(classes=3, cells=[(0, 0, 1), cell])


def test_dense_and_sparse_counts_say_the_same_of_a_split():
    dense = Evaluation(loss=1.0, score=0.5, confusion=[[3, 1, 0], [0, 4, 0], [0, 0, 0]])
    sparse = dense.model_copy(update={"confusion": SparseCounts(classes=3, cells=[(0, 0, 3), (0, 1, 1), (1, 1, 4)])})
    assert dense.classification.macro == sparse.classification.macro
    for found in (dense, sparse, Evaluation(loss=1.0, score=0.5, confusion=None)):
        assert Evaluation.from_json(found.to_json()) == found
    assert dense.to_dict() == {"loss": 1.0, "score": 0.5, "confusion": [[3, 1, 0], [0, 4, 0], [0, 0, 0]]}


def test_settings_are_in_the_key_only_where_there_are_some():
    plain = Trial.model_validate(TRIAL)
    assert "settings" not in plain.to_json()
    some = Trial.model_validate(TRIAL | {"settings": {"width": 8, "norm": "batch"}})
    assert some.key != plain.key
    assert some.key == Trial.model_validate(TRIAL | {"settings": {"norm": "batch", "width": 8}}).key
    assert Trial.from_json(some.to_json()) == some
    assert isinstance(some.settings["width"], int)
    candidate = Candidate(schedule="constant", peak=0.1, settings={"width": 8})
    assert str(candidate) == "constant at 0.1 (width 8)"
    assert "settings" not in Candidate(schedule="constant", peak=0.1).to_json()


@pytest.mark.parametrize("key", ["../../../x", "0123456789abcdef\n", "0123456789ABCDEF", "", "0" * 17])
def test_a_stack_begins_from_keys_alone(key):
    with pytest.raises(ValidationError, match="begin_from"):
        StackPlan(trials=("a",), setup=Setup(layout="loop"), begin_from=(key,))


@pytest.mark.parametrize("name", ["size", "processes", "threads"])
def test_a_setup_beyond_all_machines_is_none(name):
    with pytest.raises(ValidationError, match="less than or equal to 10000"):
        Setup(layout="loop", **{name: 10**9})


def test_nouns_with_a_mapping_in_them_stand_in_sets():
    one = Evaluation(loss=0.1, score=0.9, confusion=None, scores={"macro_f1": 0.8})
    assert {one, one.model_copy()} == {one}
    assert len({one, one.model_copy(update={"scores": {"macro_f1": 0.7}})}) == 2


@pytest.mark.parametrize(
    ("noun", "change"),
    [
        (Search(space={"peak": "0.1..1"}, own={"cosine": {"floor": "0..0.2"}}), {"own": {}}),
        (
            Candidate(schedule="cosine", peak=0.1, settings={"wd": 0.1, "width": 1}),
            {"settings": {"wd": 0.2, "width": 1}},
        ),
        (Tune(search=Search(space={"peak": "0.1..1"})), {"search": None}),
        (study("a:task", tune={"search": {"space": {"peak": "0.1..1"}}}), {"name": "other"}),
    ],
)
def test_what_has_ranges_or_settings_in_it_stands_in_sets(noun, change):
    again = type(noun).from_json(noun.to_json())
    assert {noun, again} == {noun}
    assert hash(noun) == hash(again) != hash(noun.model_copy(update=change))
    assert len({noun, noun.model_copy(update=change)}) == 2


def test_settings_that_are_equal_have_one_hash_in_every_order_and_notation():
    one = Candidate(schedule="cosine", peak=1, settings={"a": 1, "b": 2.0})
    two = Candidate(schedule="cosine", peak=1.0, settings={"b": 2, "a": 1.0})
    assert one == two
    assert hash(one) == hash(two)
