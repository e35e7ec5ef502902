"""The margin of "within": from tuning data, in a unit people see, and refused where it is none."""

import pytest

from lrlab.errors import StudyError
from lrlab.lab._margin import loss_margin, margin_of, usual_margin, with_margin
from lrlab.spec import Choice, Confirm, Metric
from lrlab.stats import rounded_step
from support.ends import ACCURACY, ERROR, record, study
from support.results import example_results

LEADER = Choice(label="a", peak=0.1, at_edge=False, peaks=(0.1, 1.0), scores=(0.95, 0.5), losses=(0.31, 1.0), chosen=0)


def tuned(examples=450, right=None, score=0.9, metric=ACCURACY):
    """Records of one tuning trial whose test data has so many examples, of two classes; none: not counted."""
    made = record(TRIAL, score, metric=metric)
    if examples is None:
        return (made,)
    hits = examples // 2 if right is None else right
    counts = ((hits, 0), (examples - hits, 0))
    return (made.model_copy(update={"test": made.test.model_copy(update={"confusion": counts})}),)


TRIAL = example_results().tuned[0].trial


def test_a_share_gets_what_the_test_data_resolve():
    margin = usual_margin(ACCURACY, LEADER, tuned())
    assert margin.value == 0.02  # 1.96 sqrt(0.95 x 0.05 / 450) = 0.0201
    assert "450 test examples resolve" in margin.why
    assert "95.0 %" in margin.why
    assert usual_margin(ACCURACY, LEADER, tuned(10_000)).value == 0.005  # 0.0043
    assert usual_margin(ACCURACY, LEADER, tuned(200)).value == 0.02  # 0.0302 is nearer to it, by ratio, than to 0.05


def test_a_share_in_per_cent_gets_the_same_points():
    own, percent = Metric(name="accuracy", share=False), LEADER.model_copy(update={"scores": (93.1, 50.0)})
    margin = usual_margin(own, percent, tuned(score=93.1, metric=own))
    assert margin.value == 2.0  # 1.96 sqrt(0.931 x 0.069 / 450) = 2.34 %
    assert "93.1 %" in margin.why
    assert usual_margin(own, percent, tuned(None, score=93.1, metric=own)).value == 1.0
    share = LEADER.model_copy(update={"scores": (0.931, 0.5)})
    assert usual_margin(own, share, tuned(score=0.931, metric=own)).value == 0.02
    assert usual_margin(Metric(name="f1"), share, ()).value == 0.01


def test_no_test_score_decides_it():
    assert usual_margin(ACCURACY, LEADER, tuned(right=450)) == usual_margin(ACCURACY, LEADER, tuned(right=0))


def test_a_perfect_leader_has_a_margin_too():
    perfect = LEADER.model_copy(update={"scores": (1.0, 0.5)})
    assert usual_margin(ACCURACY, perfect, tuned()).value == 0.005  # as if one of 450 were wrong: 0.0043


@pytest.mark.parametrize(
    ("leader", "records"),
    [(LEADER, tuned(None)), (LEADER.model_copy(update={"scores": (), "losses": ()}), ()), (LEADER, ())],
)
def test_a_share_of_which_less_is_known_gets_a_point(leader, records):
    margin = usual_margin(ACCURACY, leader, records)
    assert (margin.value, "not known" in margin.why) == (0.01, True)


def test_other_metrics_and_losses_get_five_per_cent_of_the_leader():
    assert usual_margin(ERROR, LEADER, tuned(metric=ERROR)).value == 0.05  # 0.0475
    assert loss_margin(LEADER).value == 0.02  # 0.0155: nearer to 0.02 by ratio
    negative = LEADER.model_copy(update={"scores": (-40.0, 0.0)})
    assert usual_margin(Metric(name="log likelihood"), negative, ()).value == 2.0


@pytest.mark.parametrize("scores", [(0.0, 1.0), (None, 1.0), ()])
def test_where_nothing_is_known_there_is_none(scores):
    unknown = LEADER.model_copy(update={"scores": scores, "losses": scores})
    assert usual_margin(ERROR, unknown, tuned(metric=ERROR)) is None
    assert loss_margin(unknown) is None


def test_what_is_asked_for_is_in_points_of_a_share_and_as_it_is_of_all_else():
    asked = Confirm(seeds=6, margin=0.5)
    assert margin_of(asked, ACCURACY, LEADER, tuned(), ()).value == 0.005
    assert margin_of(asked, ERROR, LEADER, tuned(metric=ERROR), ()).value == 0.5
    assert margin_of(Confirm(seeds=6), ACCURACY, LEADER, tuned(), ()) == usual_margin(ACCURACY, LEADER, tuned())


@pytest.mark.parametrize("name", ["accuracy", "f1", "dice", "miou"])
@pytest.mark.parametrize("in_tuning", [True, False])
def test_points_are_those_of_a_loop_s_own_shares_in_either_unit_tuned_or_not(name, in_tuning):
    metric = Metric(name=name)
    for score, value in ((0.8, 0.02), (1.0000001, 0.02), (80.0, 2.0)):
        records = tuned(None, score=score, metric=metric)
        phases = (records, ()) if in_tuning else ((), records)
        assert margin_of(Confirm(seeds=6, margin=2), metric, LEADER, *phases).value == value
        if not in_tuning:
            untuned = LEADER.model_copy(update={"scores": (), "chosen": None})
            assert margin_of(Confirm(seeds=6), metric, untuned, *phases).value == value / 2


@pytest.mark.parametrize("margin", [0, -0.5])
def test_a_margin_of_zero_is_refused_with_the_way_out(margin):
    with pytest.raises(StudyError, match=r"margin: must be above 0.*the largest difference that would not matter"):
        Confirm(seeds=6, margin=margin)


def test_a_margin_is_part_of_no_trial_and_can_be_taken_off():
    plain = study()
    asked = with_margin(plain, 0.5)
    assert asked.key != plain.key
    assert with_margin(asked, None).key == plain.key


def test_rounding_is_to_the_nearest_by_ratio():
    assert [rounded_step(value) for value in (1.0, 1.4, 1.5, 3.1, 3.2, 7.0, 7.2, 1e-7, 123.0)] == [
        1.0, 1.0, 2.0, 2.0, 5.0, 5.0, 10.0, 1e-7, 100.0,
    ]  # fmt: skip


def test_one_test_example_resolves_nothing_and_gets_a_point():
    margin = usual_margin(ACCURACY, LEADER, tuned(1, right=1))
    assert (margin.value, margin.why) == (0.01, "a point, as one test example resolves nothing")
