"""The optimizer that a task suggests: it trains where nobody names one, and whatever is named wins."""

import pytest

from lrlab.errors import LabError, StudyError
from lrlab.spec import (
    OPTIMIZERS,
    Optimizer,
    complete_optimizer_fields,
    load_study,
    make_study,
    read_suggestion,
    suggestion_sentence,
    takes_suggestion,
    text_of_optimizer,
    with_suggestion,
)

ADAMW = Optimizer(name="adamw", weight_decay=0.1, beta2=0.99)
FIELDS = {
    "name": "n",
    "task": "t",
    "schedules": ["constant", "cosine@sgd"],
    "budget": "1 epochs",
    "tune": {"peaks": [0.1]},
}


@pytest.mark.parametrize(
    "asked", ["adamw(weight_decay=0.1, beta2=0.99)", {"name": "AdamW", "weight_decay": 0.1, "beta2": 0.99}, ADAMW]
)
def test_a_suggestion_is_read_in_every_form(asked):
    assert read_suggestion(asked) == ADAMW


@pytest.mark.parametrize("asked", ["adamv", "adamw(betta2=0.9)", {"weight_decay": 0.1}, {"name": "adamw", "x": 1}, 3])
def test_what_is_no_optimizer_is_refused_with_the_form(asked):
    with pytest.raises(LabError, match=r"adamw\(weight_decay=0.1\)|Optimizer"):
        read_suggestion(asked)


def test_a_study_without_an_optimizer_takes_it_and_its_fields_win():
    study = with_suggestion(make_study(FIELDS), ADAMW)
    assert study.optimizer == ADAMW
    assert study.optimizer_from == "task"
    words = f"the optimizer is {text_of_optimizer(ADAMW)}, which t suggests"
    assert suggestion_sentence(study).startswith(words)
    own = with_suggestion(make_study(FIELDS | {"optimizer": {"weight_decay": 0.3}}), ADAMW)
    assert own.optimizer == Optimizer(name="adamw", weight_decay=0.3, beta2=0.99)


def test_what_is_suggested_is_for_no_other_optimizer():
    study = with_suggestion(make_study(FIELDS), ADAMW)
    assert study.labels == ("constant", "cosine@sgd")
    assert study.schedules[1].optimizer == Optimizer()
    again = make_study(study.to_dict())
    assert again == study


def test_it_is_told_for_whom_it_trains():
    told = suggestion_sentence(with_suggestion(make_study(FIELDS), ADAMW))
    assert told.endswith("suggests, for arms that name no other")
    both = with_suggestion(make_study(FIELDS | {"schedules": ["constant", "cosine"]}), ADAMW)
    assert suggestion_sentence(both).endswith("suggests")
    none = with_suggestion(make_study(FIELDS | {"schedules": ["constant@lion", "cosine@sgd"]}), ADAMW)
    assert suggestion_sentence(none) == ""


def test_a_study_that_names_one_stays_as_it_is():
    for named in ("sgd", {"name": "lion"}, Optimizer(name="sgd")):
        study = make_study(FIELDS | {"optimizer": named})
        assert with_suggestion(study, ADAMW) is study
        assert suggestion_sentence(study) == ""
    assert with_suggestion(make_study(FIELDS), None) == make_study(FIELDS)


def test_a_search_among_optimizers_names_them():
    search = {"sampler": "random", "space": {"optimizer": "sgd|lion", "peak": "0.01..0.1"}}
    study = make_study(FIELDS | {"schedules": ["constant"], "tune": {"search": search}})
    assert with_suggestion(study, ADAMW) is study


def test_a_study_without_a_suggestion_is_the_text_it_was():
    assert "optimizer_from" not in make_study(FIELDS).to_dict()
    assert make_study(make_study(FIELDS).to_dict()) == make_study(FIELDS)


def test_fields_are_those_of_the_user_before_those_suggested():
    assert complete_optimizer_fields(None, None) == {"name": "sgd"}
    assert complete_optimizer_fields({"weight_decay": 0}, ADAMW)["weight_decay"] == 0
    assert complete_optimizer_fields({"name": "sgd"}, ADAMW) == {"name": "sgd"}
    assert takes_suggestion(None, ADAMW)
    assert not takes_suggestion({"name": "sgd"}, ADAMW)
    assert text_of_optimizer(ADAMW) == "adamw(weight_decay=0.1, beta2=0.99)"


@pytest.mark.parametrize(
    ("fields", "suggested", "words"),
    [
        ({"name": "adafactor", "momentum": 0.3}, None, "adafactor does not read momentum"),
        ({"name": " SGD", "beta2": 0.9}, None, "sgd does not read beta2"),
        ({"eps": 0.1}, None, "sgd does not read eps"),
        ({"momentum": 0.3}, Optimizer(name="adafactor"), "adafactor does not read momentum"),
        (Optimizer(name="adafactor", momentum=0.3).to_dict(), None, "adafactor does not read momentum"),
    ],
)
def test_a_field_that_would_change_nothing_is_refused(fields, suggested, words):
    with pytest.raises(StudyError, match=f"{words}, as .* do; leave it out"):
        complete_optimizer_fields(fields, suggested)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_all_fields_of_an_optimizer_as_it_is_pass(name):
    fields = Optimizer(name=name, clip=1.0, weight_decay=0.1, accumulate=2).to_dict()
    assert complete_optimizer_fields(fields, None) == fields


def test_a_field_that_would_change_nothing_is_named_at_its_line_of_a_study_file(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text(
        "name: mine\ntask: digits/mlp\nbudget: 2 epochs\narms:\n  - label: a\n    candidates:\n"
        "      - {schedule: cosine, peak: 0.1, optimizer: {name: sgd, beta2: 0.9}}\n",
        encoding="utf-8",
    )
    with pytest.raises(StudyError, match=r"s.yaml:7: arms.0.candidates.0.optimizer: sgd does not read beta2"):
        load_study(file)
