"""What each rule does, epoch by epoch, in aligned columns. One update an epoch, and r0 = 1 unless said."""

import numpy as np
import pytest

from lrlab.rules import parse_rule, simulate
from lrlab.schedules import Horizon, parse
from support.rules import HALVES

q = HALVES  # 1, 1/2, 1/4, 1/8 ... by its position n


def story(text, losses, peak=1.0, per_epoch=1):
    """The rate at the beginning of every epoch."""
    epochs = len(losses)
    horizon = Horizon(updates=epochs * per_epoch, updates_per_epoch=per_epoch)
    return simulate(parse_rule(text), losses, peak=peak, horizon=horizon)[::per_epoch].round(12).tolist()


@pytest.mark.parametrize("per_epoch", [1, 7])
@pytest.mark.parametrize(
    ("sequence", "rates"),
    [
        ("seq1", [0.01, 0.01, 0.005, 0.01 / 3]),
        ("seq2", [0.01, 0.01, 0.01 / 2**0.5, 0.01 / 3**0.5]),
        ("seq3", [0.01, 0.009, 0.0081, 0.00729]),
        ("seq4", [0.01, 0.01, 0.009, 0.008]),
    ],
)
def test_by_epoch_the_published_rates(sequence, rates, per_epoch):
    # Yang & Huang 2019: r0 in epoch 0, then r1, r2 and r3.
    assert story(f"by_epoch+{sequence}", [1, 2, 3, 4], 0.01, per_epoch) == pytest.approx(rates, rel=1e-9)


def test_by_epoch_the_sawtooth_over_21_epochs():
    # By hand: 1 - ((n - 1) mod 10) / 10 over floor(n / 10) + 1.
    rates = story("by_epoch+seq4", np.zeros(22))
    assert [rates[n] for n in (1, 2, 9, 10, 11, 20, 21)] == pytest.approx([1, 0.9, 0.2, 0.05, 0.5, 1 / 30, 1 / 3])


@pytest.mark.parametrize("sequence", ["seq1", "seq2", "seq3", "seq4", "step(gamma=0.5, every=1 epochs)"])
def test_by_epoch_a_sequence_is_itself(sequence):
    horizon = Horizon(updates=47, updates_per_epoch=4)
    rule, alone = parse_rule(f"by_epoch+{sequence}"), parse(sequence).bind(peak=0.01, horizon=horizon)
    np.testing.assert_array_equal(simulate(rule, np.zeros(12), peak=0.01, horizon=horizon), alone.all())
    np.testing.assert_array_equal(rule.bind(peak=0.01, horizon=horizon).all(), alone.all())


def test_by_epoch_any_schedule_is_played_in_whole_epochs():
    # epoch         0          1          2          3
    # update        0  1  2    3  4  5    6  7  8    9
    # linear   1 - t / 10 at update 3 n, for the whole epoch
    rates = simulate(parse_rule("by_epoch+linear"), [0] * 4, peak=1.0, horizon=Horizon(updates=10, updates_per_epoch=3))
    assert rates.round(12).tolist() == [1, 1, 1, 0.7, 0.7, 0.7, 0.4, 0.4, 0.4, 0.1]


def test_by_cutoff_moves_on_when_the_loss_hardly_changes():
    # epoch     0     1     2     3     4     5     6
    losses = [1.00, 0.50, 0.45, 0.42, 0.41, 0.40, 0.399]
    # change    -    .50   .05*  .03   .01*  .01   .001*   * under the cutoff: n + 1, cutoff x 0.2
    # cutoff   .1    .1    .1    .02   .02   .004  .004
    # n         0     0     0     1     1     2     2
    assert story(f"by_cutoff(cutoff=0.1)+{q}", losses) == [1, 1, 1, 0.5, 0.5, 0.25, 0.25]


def test_by_cutoff_a_rise_is_a_change_like_a_fall_and_the_cutoff_may_stay():
    # epoch     0    1    2    3    4    5
    losses = [1.0, 1.3, 1.25, 1.3, 1.9, 1.9]
    # change    -   .3   .05* .05* .6   .0*
    # n         0    0    0    1    2    2
    assert story(f"by_cutoff(cutoff=0.1, shrink=1)+{q}", losses) == [1, 1, 1, 0.5, 0.25, 0.25]


def test_by_cutoff_a_change_of_exactly_the_cutoff_does_not_move():
    assert story(f"by_cutoff(cutoff=0.25)+{q}", [1.0, 0.75, 0.5, 0.5]) == [1, 1, 1, 1]
    assert story(f"by_cutoff(cutoff=0.25)+{q}", [1.0, 0.8, 0.5, 0.5]) == [1, 1, 0.5, 0.5]


@pytest.mark.parametrize("sequence", ["seq1", "seq2", "seq4"])
def test_by_cutoff_and_by_oscillation_the_first_move_takes_r1_which_is_r0(sequence):
    assert story(f"by_cutoff(cutoff=9)+{sequence}", [1, 1, 1]) == [1, 1, 1]
    assert story(f"by_oscillation+{sequence}", [1, 2, 3]) == [1, 1, 1]
    assert story(f"by_oscillation+{sequence}", [1, 2, 3, 4])[3] < 1


def test_by_oscillation_moves_on_when_the_loss_rises():
    # epoch    0    1    2    3    4    5    6
    losses = [1.0, 0.8, 0.9, 0.7, 0.7, 0.8, 0.9]
    # rises    -    no   yes  no   no   yes  yes   equal is no rise
    # n        0    0    0    1    1    1    2
    assert story(f"by_oscillation+{q}", losses) == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]


def test_by_oscillation_looks_one_epoch_back_not_at_the_best():
    # epoch    0    1    2    3    4
    losses = [0.5, 0.9, 0.8, 0.7, 0.75]
    # rises    -    yes  no   no   yes   all are over the best, 0.5
    # n        0    0    1    1    1
    assert story(f"by_oscillation+{q}", losses) == [1, 1, 0.5, 0.5, 0.5]
    assert story(f"by_oscillation+{q}", [*losses, 0])[5] == 0.25


def test_an_epoch_that_was_not_measured_is_passed_over():
    # epoch    0    1     2    3     4    5
    losses = [1.0, None, 1.2, None, 1.1, 1.3]
    # rises    -    -    yes   -    no   yes   each against the last one measured
    # n        0    0     0    1     1    1
    assert story(f"by_oscillation+{q}", losses) == [1, 1, 1, 0.5, 0.5, 0.5]


def test_plateau_forgives_as_many_epochs_as_its_patience():
    # epoch    0    1    2    3    4    5    6    7    8
    losses = [1.0, 0.9, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 0.8]
    # stale    0    0    1    2    3*   0    1    2    3*   * over patience=2: cut, and count from 0
    # rate     1    1    1    1    1   .1   .1   .1   .1
    assert story("plateau(patience=2)+constant", losses) == [1, 1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1]
    assert story("plateau(patience=2)+constant", [*losses, 0.8])[9] == pytest.approx(0.01)


def test_plateau_of_no_patience_cuts_after_the_first():
    # epoch    0    1    2    3
    losses = [1.0, 1.0, 1.0, 0.5]
    # stale    0    1*   1*   0
    assert story("plateau(patience=0, factor=0.5)+constant", losses) == [1, 1, 0.5, 0.25]


def test_plateau_does_not_count_while_it_cools_down():
    # epoch    0    1    2    3    4    5    6    7
    losses = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    # stale    0    1*   0    0    1*   0    0    1*
    # pause    0    2    1    0    2    1    0    2
    assert story("plateau(patience=0, factor=0.5, cooldown=2)+constant", losses) == [
        1,
        1,
        0.5,
        0.5,
        0.5,
        0.25,
        0.25,
        0.25,
    ]


def test_plateau_notes_the_best_while_it_cools_down():
    # epoch    0    1    2    3    4
    losses = [1.0, 1.0, 0.2, 0.5, 0.5]
    # stale    0    1*   0    1*   0     0.5 would be better than 1.0, but not than 0.2
    # pause    0    1    0    1    0
    assert story("plateau(patience=0, factor=0.5, cooldown=1)+constant", losses) == [1, 1, 0.5, 0.5, 0.25]


def test_plateau_of_a_negative_value_improves_when_it_improves():
    # Threshold 0.1 of |best|, so 0.2 of -2. Taken from best itself, -2 x 0.9 = -1.8, it would call -1.9 better than -2.
    # epoch     0     1     2     3     4
    losses = [-2.0, -1.9, -2.1, -2.3, -1.0]
    # better   yes   no    no    yes   no
    # stale     0     1*    1*    0     1*
    assert story("plateau(patience=0, factor=0.5, threshold=0.1)+constant", losses) == [1, 1, 0.5, 0.25, 0.25]


def test_plateau_of_a_growing_value():
    # epoch    0    1    2    3    4
    scores = [0.5, 0.7, 0.6, 0.7, 0.8]
    # stale    0    0    1    2*   0
    assert story("plateau(patience=1, goal=max)+constant", scores) == [1, 1, 1, 1, 0.1]


def test_plateau_of_an_absolute_threshold():
    # epoch    0    1    2    3     better by more than 0.25
    losses = [2.0, 1.75, 1.5, 1.0]
    # stale    0    1*   0    0
    assert story("plateau(patience=0, threshold=0.25, threshold_mode=absolute)+constant", losses) == [1, 1, 0.1, 0.1]


def test_plateau_stops_at_its_floor():
    assert story("plateau(patience=0, floor=0.05)+constant", [1.0] * 5) == [1, 1, 0.1, 0.05, 0.05]


def test_plateau_multiplies_any_schedule():
    # epoch    0    1     2     3
    # linear   1   .75   .5    .25
    # cuts     1    1    .1    .01
    assert story("plateau(patience=0)+linear", [1.0] * 4) == [1, 0.75, 0.05, 0.0025]


def test_the_published_pairs_differ_only_in_when():
    """The 12 settings of the published study: three rules, four sequences; all begin at r0."""
    losses = np.abs(np.sin(np.arange(25.0))) + 0.1
    for rule in ("by_epoch", "by_cutoff(cutoff=0.5)", "by_oscillation"):
        for sequence in ("seq1", "seq2", "seq3", "seq4"):
            rates = np.array(story(f"{rule}+{sequence}", losses, 0.01))
            values = parse(sequence).bind(peak=0.01, horizon=Horizon(updates=25, updates_per_epoch=1)).all().round(12)
            assert rates[0] == 0.01
            assert set(rates.tolist()) <= set(values.tolist())
