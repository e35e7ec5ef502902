"""Where a schedule may stand, so may a rule: in trials, studies and study files."""

import pytest
from pydantic import ValidationError

from lrlab.errors import StudyError
from lrlab.rules import ByCutoff, Plateau, parse
from lrlab.schedules import Constant, Step, Warmup
from lrlab.spec import Study, Trial, dump_study, load_study, make_study

TRIAL = {"task": "t", "data": "d", "optimizer": "sgd", "peak": 0.1, "seed": 0, "budget": "6 epochs", "batch_size": 8}
STUDY = {"name": "s", "task": "t", "budget": "6 epochs", "tune": {"peaks": [0.1]}}
FILE = """\
name: rules
task: digits/mlp
budget: 6 epochs
schedules:
  - constant
  - "by_cutoff(cutoff=0.01)+warmup(span=1 epochs)+step"
  - {name: plateau, patience: 2, then: {name: constant}}
tune: {peaks: [0.1]}
"""


@pytest.mark.parametrize(
    "given",
    [
        "plateau(patience=2)+constant",
        {"name": "plateau", "patience": 2, "then": {"name": "constant"}},
        Plateau(patience=2, then=Constant()),
    ],
)
def test_a_trial_takes_a_rule_in_every_notation(given):
    trial = Trial.model_validate(TRIAL | {"schedule": given})
    assert trial.schedule == Plateau(patience=2, then=Constant())
    again = Trial.from_json(trial.to_json())
    assert (again, again.key) == (trial, trial.key)


def test_every_part_of_a_rule_is_in_the_key():
    texts = ["constant", "plateau+constant", "plateau(patience=2)+constant", "plateau+linear", "by_epoch+constant"]
    keys = {Trial.model_validate(TRIAL | {"schedule": text}).key for text in texts}
    assert len(keys) == len(texts)
    with_defaults = {"schedule": "plateau(factor=0.1, patience=10)+constant"}
    assert Trial.model_validate(TRIAL | with_defaults).key in keys


def test_a_study_file_with_rules_is_read_and_written(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text(FILE)
    study = load_study(path)
    assert study.schedules[1] == ByCutoff(cutoff=0.01, then=Warmup(span="1 epochs", then=Step()))
    assert study.labels == (
        "constant",
        "by_cutoff(cutoff=0.01)+warmup(span=1 epochs)+step",
        "plateau(patience=2)+constant",
    )
    assert [parse(label) for label in study.labels] == list(study.schedules)
    path.write_text(dump_study(study))
    assert load_study(path) == study


def test_mistakes_in_rules_are_listed_with_their_line(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text(FILE.replace("plateau, patience", "plato, patience").replace("cutoff=0.01", "cutof=0.01"))
    with pytest.raises(StudyError) as caught:
        load_study(path)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"{path}:6: schedules.1: unknown field of rule by_cutoff 'cutof'; did you mean cutoff?")
    assert lines[1].startswith(f"{path}:7: schedules.2: unknown schedule 'plato'; did you mean plateau?")
    assert len(lines) == 2


def test_a_rule_that_watches_needs_a_validation_after_every_epoch():
    message = (
        r"plateau\+constant watches the validation loss of every epoch, but evaluate_every is 2; "
        r"leave evaluate_every at 1, or take a schedule that watches nothing"
    )
    with pytest.raises(ValidationError, match=message):
        Trial.model_validate(TRIAL | {"schedule": "plateau+constant", "evaluate_every": 2})
    with pytest.raises(StudyError, match=message):
        make_study(STUDY | {"schedules": ["constant", "plateau+constant"], "evaluate_every": 2})
    assert Trial.model_validate(TRIAL | {"schedule": "by_epoch+constant", "evaluate_every": 2}).evaluate_every == 2
    assert Study.model_validate(STUDY | {"schedules": ["constant", "linear"], "evaluate_every": 2}).evaluate_every == 2


def test_a_rule_that_waits_for_a_growing_value_is_told_what_it_would_be_shown():
    with pytest.raises(
        StudyError, match=r"plateau\(goal=max\)\+constant waits for a value that grows, .*; write goal=min"
    ):
        make_study(STUDY | {"schedules": ["plateau(goal=max)+constant"]})
    with pytest.raises(ValidationError, match="write goal=min"):
        Trial.model_validate(TRIAL | {"schedule": "plateau(goal=max)+constant"})


def test_what_is_neither_is_refused():
    with pytest.raises(StudyError, match="a schedule needs a name, but read 5"):
        make_study(STUDY | {"schedules": [5]})
    with pytest.raises(StudyError, match="a rule comes first and drives a schedule, but read plateau inside one"):
        make_study(STUDY | {"schedules": ["warmup+plateau+constant"]})
