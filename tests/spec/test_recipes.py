"""Arms as text: a schedule, an average of weights, an optimizer of its own; and studies of them."""

from typing import ClassVar

import pytest
from pydantic import ValidationError

from lrlab.errors import LabError, StudyError
from lrlab.schedules import Constant, Ema
from lrlab.spec import (
    OPTIMIZERS,
    Candidate,
    Optimizer,
    Recipe,
    Study,
    Trial,
    alike,
    dump_study,
    load_study,
    make_study,
    read_arm,
    split_arm,
)

TRIAL = {
    "task": "t",
    "data": "d",
    "optimizer": "sgd",
    "schedule": "constant",
    "peak": 0.1,
    "seed": 1,
    "budget": "5 epochs",
    "batch_size": 32,
}
ARMS = ["cosine", "constant", "warmup+constant+ema(decay=0.9)", "constant+swa", "constant@adamw"]


def study(schedules=ARMS, **changes):
    fields = {"name": "arms", "task": "t", "schedules": schedules, "budget": "5 epochs", "tune": {"peaks": [0.1, 0.3]}}
    return make_study(fields | changes)


@pytest.mark.parametrize(
    "text",
    [
        "constant+ema",
        "warmup+cosine+lawa(every=10 updates, last=2)",
        "constant@adam(beta2=0.95)",
        "plateau+constant+swa(start=50%)@adamw(weight_decay=0.1, clip=1)",
        "constant@sgd(momentum=0, nesterov=false)",
    ],
)
def test_an_arm_reads_back_from_its_text_and_its_json(text):
    arm = read_arm(text)
    assert isinstance(arm, Recipe)
    assert read_arm(str(arm)) == arm
    assert Recipe.from_json(arm.to_json()) == arm


def test_a_schedule_alone_stays_a_schedule():
    assert read_arm("cosine(floor=0.1)").name == "cosine"
    assert split_arm("a + b") == ("a + b", "", "")


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("constant+emma", "did you mean ema?"),
        ("cosinn", "did you mean cosine"),
        ("ema", 'write "constant+ema"'),
        ("constant+ema+cosine", "an average stands last"),
        ("constant@", "an optimizer stands after"),
        ("constant@adamx", "did you mean adam or adamw?"),
        ("constant@adamw(wd=1)", "unknown field of an optimizer 'wd'"),
        ("constant@adamw(0.1)", "fields are given by name"),
        ("constant@adamw(weight_decay=x)", "weight_decay"),
        ("constant@sgd(beta2=0.9)", "sgd does not read beta2, as adam, adamw, nadamw do; leave it out"),
        ("constant@lion(nesterov=true)", "lion does not read nesterov, as sgd, muon do"),
        ("constant@3", "an optimizer is a name"),
        ("constant+ema(", "has no partner"),
    ],
)
def test_what_cannot_be_read_says_the_way_out(text, way):
    with pytest.raises(LabError) as told:
        read_arm(text)
    assert way in str(told.value)


def test_an_average_in_the_place_of_an_arm_is_refused():
    with pytest.raises(StudyError, match="stands after the schedule"):
        study([Ema(), "constant"])


def test_an_optimizer_has_weight_decay_and_clip_from_the_study_unless_it_is_written():
    made = study(optimizer={"name": "sgd", "weight_decay": 0.001, "clip": 1.0, "nesterov": True})
    assert made.labels[-1] == "constant@adamw(weight_decay=0.001, clip=1)"
    own = study(["constant", "constant@adamw(weight_decay=0)"], optimizer={"name": "sgd", "weight_decay": 0.001})
    assert own.labels[-1] == "constant@adamw"


def test_an_arm_with_another_optimizer_has_its_usual_peaks():
    made = study()
    assert made.grid_of("constant") == (0.1, 0.3)
    assert made.grid_of("constant@adamw") == OPTIMIZERS["adamw"].peaks
    assert made.tuned_settings == (2, 2, 2, 2, 4)
    assert study(["constant", "constant@sgd(momentum=0)"]).grid_of("constant@sgd(momentum=0)") == (0.1, 0.3)


def test_every_trial_finds_its_arm():
    made = study()
    for label in made.labels:
        candidate = made.candidate_of(label, 0.1)
        fields = TRIAL | candidate.to_dict() | {"optimizer": candidate.optimizer or made.optimizer}
        assert made.label_of(Trial.model_validate(fields)) == label
    with pytest.raises(StudyError, match="belongs to no arm"):
        made.label_of(Trial.model_validate(TRIAL | {"average": "ema(decay=0.5)"}))


def test_a_study_goes_to_json_and_yaml_and_back(tmp_path):
    made = study(optimizer={"name": "sgd", "weight_decay": 0.001})
    assert Study.from_json(made.to_json()) == made
    (tmp_path / "s.yaml").write_text(dump_study(made), encoding="utf-8")
    assert load_study(tmp_path / "s.yaml") == made


def test_candidates_of_arms_may_have_averages(tmp_path):
    arms = [{"label": "a", "candidates": [{"schedule": "constant", "average": "ema", "peak": 0.1}]}]
    made = make_study({"name": "x", "task": "t", "arms": arms, "budget": "5 epochs"})
    assert str(made.arms[0].candidates[0]) == "constant+ema at 0.1"
    (tmp_path / "s.yaml").write_text(dump_study(made), encoding="utf-8")
    assert load_study(tmp_path / "s.yaml") == made


def test_averages_are_searched_and_own_optimizers_have_their_own_range():
    made = study(
        ["constant+ema(decay=0.9..0.99)", "constant", "constant@adamw"],
        tune={"search": "tpe", "space": {"peak": "0.01..1", "optimizer": "sgd|adam"}},
    )
    assert set(made.space_of("constant+ema")) == {"peak", "optimizer", "ema.decay"}
    assert set(made.space_of("constant@adamw")) == {"peak"}
    assert made.space_of("constant@adamw")["peak"].high == pytest.approx(0.03)
    candidate = made.candidate_at("constant+ema", {"peak": 0.1, "ema.decay": 0.95})
    assert candidate.average == Ema(decay=0.95)
    trial = Trial.model_validate(TRIAL | {"average": candidate.average})
    assert made.label_of(trial) == "constant+ema"


@pytest.mark.parametrize(
    ("schedules", "way"),
    [
        (["constant+ema", "constant+ema(decay=0.999)"], "stands there twice"),
        (["constant", "constant@sgd"], "are the same here; leave out one"),
    ],
)
def test_arms_that_are_the_same_are_refused(schedules, way):
    with pytest.raises(StudyError, match=way):
        study(schedules)


def test_a_trial_without_an_average_is_written_as_before():
    plain = Trial.model_validate(TRIAL)
    assert "average" not in plain.to_dict()
    assert "average" not in Candidate(schedule="constant", peak=0.1).to_dict()
    own = Trial.model_validate(TRIAL | {"average": "ema"})
    assert own.key != plain.key
    assert Trial.from_json(own.to_json()) == own
    assert alike(own) == alike(plain)


def test_an_optimizer_that_averages_itself_takes_no_average(monkeypatch):
    class Averaging:
        evaluates = "its average"
        peaks = (0.1,)
        fields = ()
        usual: ClassVar = {}

    monkeypatch.setitem(OPTIMIZERS, "averaging", Averaging)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValidationError, match="leave one of the two out"):
        Trial.model_validate(TRIAL | {"average": "ema", "optimizer": "averaging"})
    with pytest.raises(StudyError, match="leave one of the two out"):
        Recipe(schedule=Constant(), average=Ema(), optimizer=Optimizer(name="averaging"))


def test_a_study_with_an_average_of_an_average_is_refused_before_anything_is_trained():
    own = "schedule_free_sgd evaluates an average of its own, but got .ema.*; leave one of the two out"
    with pytest.raises(StudyError, match=rf"cosine\+ema: {own}"):
        study(["cosine+ema", "constant"], optimizer="schedule_free_sgd")
    assert study(["cosine+ema@adamw", "constant"], optimizer="schedule_free_sgd")
    candidate = {"schedule": "constant", "average": "ema", "peak": 0.1, "optimizer": "schedule_free_sgd"}
    plan = {"name": "x", "task": "t", "arms": [{"label": "a", "candidates": [candidate]}], "budget": "5 epochs"}
    with pytest.raises(StudyError, match=f"a: {own}"):
        make_study(plan)
    space = {"peak": "0.01..1", "optimizer": "sgd|schedule_free_sgd"}
    with pytest.raises(StudyError, match=f"cannot have optimizer = schedule_free_sgd: {own}"):
        study(["constant+ema"], tune={"search": "tpe", "space": space})
    space["optimizer"] = "sgd|adamw"
    assert study(["constant+ema"], optimizer="schedule_free_sgd", tune={"search": "tpe", "space": space})


MOVED = "one_cycle(momenta=[0.95, 0.85])"


@pytest.mark.parametrize(
    "change",
    [
        {"schedules": [MOVED], "optimizer": "adafactor"},
        {"schedules": [f"plateau+warmup+{MOVED}"], "optimizer": "adafactor"},
        {"schedules": [f"{MOVED}@adafactor"]},
        {"schedules": [], "arms": [{"label": "a", "candidates": [
            {"schedule": f"sequence(of=[cosine, {MOVED}], at=[9 epochs])", "peak": 0.1, "optimizer": "adafactor"}]}]},
        {"schedules": [MOVED], "tune": {"search": {"space": {"peak": "0.1..1", "optimizer": "sgd|adafactor"}}}},
    ],
)  # fmt: skip
def test_a_momentum_that_the_optimizer_does_not_have_is_not_dropped_in_silence(change):
    fields = {"name": "x", "task": "t", "budget": "2 epochs", "tune": {} if "arms" in change else {"peaks": [0.1]}}
    with pytest.raises(StudyError, match="moves the momentum, and adafactor has none; leave out momenta, or take"):
        make_study(fields | change)
    fields |= {"schedules": ["one_cycle"], "optimizer": "adafactor", "tune": {"peaks": [0.1]}}
    assert make_study(fields).optimizer.name == "adafactor"


def test_no_trial_has_a_momentum_that_its_optimizer_does_not():
    asked = {"task": "t", "data": "d", "peak": 0.1, "seed": 1, "budget": "9 updates", "batch_size": 4}
    with pytest.raises(ValidationError, match="adafactor has none; leave out momenta"):
        Trial(**asked, schedule=MOVED, optimizer="adafactor")
    assert Trial(**asked, schedule=MOVED, optimizer="lion").schedule.name == "one_cycle"


def test_an_optimizers_text_is_read_as_other_texts_are():
    for name in ("schedule-free-adamw", "Schedule_Free_AdamW", "schedule-free-adamw()"):
        assert Optimizer.model_validate(name) == Optimizer(name="schedule_free_adamw")
    assert Optimizer(name="schedule-free-sgd").usual("momentum") == 0.9
    quoted = Optimizer.model_validate("adamw(decay_schedule='warmup+cosine', weight_decay=\"0.1\")")
    assert quoted == Optimizer.model_validate("adamw(decay_schedule=warmup+cosine, weight_decay=0.1)")
    for wrong in ("1_0", "inf", "nan"):
        with pytest.raises(StudyError, match=f"weight_decay: input should be a number, but got '{wrong}'"):
            read_arm(f"cosine@adamw(weight_decay={wrong})")
