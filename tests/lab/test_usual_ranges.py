"""The ranges that are searched unless told: each can be searched by the schedules that have the field."""

import pytest

from lrlab.errors import StudyError, UnknownName
from lrlab.lab import OpenedTask, prepare, usual_space
from lrlab.lab._usual_ranges import USUAL
from lrlab.rules import RULES, parse
from lrlab.schedules import AVERAGES, SCHEDULES
from lrlab.spec import make_study, plan_fields, read_arm, searched_names


def written(name):
    return f"constant+{name}" if name in AVERAGES else (SCHEDULES.get(name) or RULES[name]).written


@pytest.mark.parametrize("name", sorted(name for name in USUAL if "." in name))
def test_usual_ranges_fit_the_schedules_that_have_them(name):
    text = written(name.partition(".")[0])
    assert name in plan_fields(read_arm(text))
    space = usual_space({"peak": "", name: ""}, [text])
    fields = {"name": "s", "task": "blobs", "schedules": [text], "budget": "20 epochs", "batch_size": 32}
    plan = make_study(fields | {"tune": {"search": "grid", "space": space}})
    assert prepare(plan, OpenedTask("blobs", "blobs", "0" * 16, 3200)).study.tuning_trials == 60


def test_names_of_the_optimizer_are_known():
    assert {name for name in USUAL if "." not in name} <= set(searched_names([parse("constant")]))


@pytest.mark.parametrize(
    ("asked", "schedules", "peaks", "wanted"),
    [
        ({"peak": ""}, ["constant"], (0.01, 0.1), {"peak": "0.01..0.3 log"}),
        ({"peak": "1..2"}, ["constant"], (), {"peak": "1..2"}),
        ({"linear.floor": ""}, ["warmup+linear"], (), {"linear.floor": "0..0.1"}),
        ({"cosine.end": ""}, ["cosine(floor=0..1)"], (), {"cosine.end": "open|closed"}),
        ({"settings.width": "4..8"}, ["constant"], (), {"settings.width": "4..8"}),
    ],
)
def test_what_is_asked_for_without_a_range_gets_the_usual_one(asked, schedules, peaks, wanted):
    assert usual_space(asked, schedules, peaks) == wanted


def test_what_no_schedule_has_is_not_searched():
    with pytest.raises(UnknownName, match=r"unknown field to search 'warmup.sapn'; did you mean warmup.span"):
        usual_space({"warmup.sapn": ""}, ["warmup+cosine"])


@pytest.mark.parametrize("name", ["tanh.lower", "settings.width"])
def test_what_has_no_usual_range_is_asked_for_one(name):
    with pytest.raises(StudyError, match=rf"no range of {name} is usual; say one, as in {name}=0.1..1"):
        usual_space({name: ""}, ["tanh"])
