"""A schedule of the user's own in a trial and in a study: its key says which formula it was."""

import hashlib
from dataclasses import dataclass

import pytest
from pydantic import ValidationError

from lrlab.errors import StudyError
from lrlab.rules import parse, register
from lrlab.spec import Study, Trial, dump_study, load_study
from support.own import Halving, Waves, catalogue_kept
from support.rules import ALL as RULES
from support.schedules import EXAMPLES, VARIANTS

TRIAL = {
    "task": "digits/convnet",
    "data": "0123456789abcdef",
    "optimizer": {"name": "sgd", "momentum": 0.9},
    "peak": 0.1,
    "seed": 3,
    "budget": "6 epochs",
    "batch_size": 32,
}
STUDY = """
name: own
task: digits/mlp
schedules:
  - constant
  - waves(low=0.2)
  - {name: waves, waves: 2, after: {name: cosine}}
  - halving(limit=0.5)+waves
budget: 500 updates
tune: {peaks: [0.1, 0.3]}
"""


@pytest.fixture(autouse=True)
def _catalogue():
    with catalogue_kept():
        register("halving")(Halving)
        register("waves")(Waves)
        yield


def key_of(plan):
    return Trial.model_validate(TRIAL | {"schedule": plan}).key


def test_keys_of_every_schedule_and_rule_are_pinned():
    # Changing this number orphans every record users have. A new example needs a new number; lrlab's own classes must
    # count by their fields alone.
    plans = [group[name] for group in (EXAMPLES, VARIANTS, RULES) for name in sorted(group)]
    keys = [key_of(plan) for plan in plans if getattr(plan, "watches", "lower") != "higher"]
    assert hashlib.sha256("".join(keys).encode()).hexdigest()[:16] == "c6a5a9fca0c2dbb2"


def test_a_study_file_names_them_and_is_written_again(tmp_path):
    (tmp_path / "study.yaml").write_text(STUDY)
    study = load_study(tmp_path / "study.yaml")
    assert study.schedules[2] == parse("waves(waves=2, after=cosine)")
    (tmp_path / "again.yaml").write_text(dump_study(study))
    assert load_study(tmp_path / "again.yaml") == study
    assert Study.from_json(study.to_json()) == study


def test_a_mistake_in_one_is_told_with_its_line(tmp_path):
    (tmp_path / "study.yaml").write_text(STUDY.replace("low=0.2", "lwo=0.2"))
    with pytest.raises(StudyError, match=r"study.yaml:6: schedules.1: unknown field of schedule waves 'lwo'; did"):
        load_study(tmp_path / "study.yaml")


def test_two_formulas_of_one_name_have_two_keys():
    before = key_of("warmup+waves"), key_of("halving+waves"), key_of("halving+constant"), key_of("cosine")

    def shape(self, t, horizon):
        return 1 - Waves.shape(self, t, horizon)

    @register("waves2")
    @dataclass(frozen=True, kw_only=True)
    class Other(Waves):
        pass

    Other.shape = shape
    Other.name = "waves"  # as another file has it
    after = [
        key_of(parse("warmup+waves").__class__(then=Other())),
        key_of(Halving(then=Other())),
        key_of("halving+constant"),
        key_of("cosine"),
    ]
    assert [one == two for one, two in zip(before, after, strict=True)] == [False, False, True, True]


def test_a_key_is_the_same_each_time_and_for_each_way_to_write_it():
    assert key_of("waves(low=0.1)") == key_of({"name": "waves"}) == key_of(Waves()) != key_of("waves(low=0.2)")


def test_a_name_that_is_gone_is_refused():
    with pytest.raises(ValidationError, match="unknown schedule 'wavves'; did you mean waves"):
        key_of("wavves")
