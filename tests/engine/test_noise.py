"""Dropout masks belong to (seed, update, layer, use), and to nothing else."""

import pytest
import torch
from torch import nn

from lrlab.engine._noise import KeyedDropout, Noise, key_dropout

CPU = torch.device("cpu")


def mask(noise, layer="drop", p=0.25, shape=(40, 50), dtype=torch.float32, call=0):
    return noise.mask(layer, p, shape, dtype, CPU, call)


def at(t, seeds=(5,)):
    noise = Noise(seeds)
    noise.t = t
    return noise


def test_a_mask_is_zero_or_one_over_what_is_kept():
    found = mask(at(3), shape=(200, 200))
    assert found.shape == (1, 200, 200)
    assert set(found.unique().tolist()) == {0.0, torch.tensor(1 / 0.75).item()}
    assert (found == 0).double().mean() == pytest.approx(0.25, abs=0.01)


def test_the_mask_of_a_seed_is_the_same_beside_any_other_seeds():
    alone, beside = mask(at(3, [7])), mask(at(3, [5, 7, 6]))
    assert torch.equal(alone[0], beside[1])
    assert not torch.equal(beside[0], beside[1])


def test_a_mask_depends_on_update_layer_and_use_and_not_on_what_was_asked_before():
    late = at(3)
    mask(late, "other")
    masks = [mask(late), mask(late, "drop2"), mask(late, call=1), mask(at(4))]
    assert torch.equal(masks[0], mask(at(3)))
    assert all(not torch.equal(masks[0], other) for other in masks[1:])


def test_going_back_to_an_update_gives_its_masks_again():
    noise = at(3)
    first = mask(noise).clone()
    noise.t = 4
    assert not torch.equal(first, mask(noise))
    noise.t = 3
    assert torch.equal(first, mask(noise))


def test_within_an_update_a_mask_is_drawn_once():
    noise = at(3)
    first = mask(noise)
    noise.t = 3
    assert mask(noise) is first


def test_single_and_double_precision_drop_the_same():
    single, double = mask(at(1)), mask(at(1), dtype=torch.float64)
    assert torch.equal(single > 0, double > 0)
    assert double.max() == 1 / 0.75


def test_the_global_generator_is_left_alone():
    before = torch.get_rng_state()
    mask(at(1))
    assert torch.equal(before, torch.get_rng_state())


def test_all_is_dropped_where_p_is_one():
    assert (mask(at(1), p=1.0) == 0).all()


def test_a_layer_used_twice_in_a_pass_draws_two_masks_and_the_same_two_in_the_next():
    noise = at(2)
    layer, ones = KeyedDropout(0.5, "drop", False, noise), torch.ones(8, 8)
    first, second = layer(ones), layer(ones)
    assert not torch.equal(first, second)
    noise.t = 2
    assert torch.equal(layer(ones), first)
    assert torch.equal(layer(ones), second)


def test_whole_channels_are_dropped():
    layer = KeyedDropout(0.5, "drop", True, at(2))
    found = layer(torch.ones(6, 9, 4, 5))
    assert set(found.unique().tolist()) == {0.0, 2.0}
    assert (found.amin((2, 3)) == found.amax((2, 3))).all()


def test_evaluation_drops_nothing():
    inputs = torch.randn(4, 4)
    assert KeyedDropout(0.5, "drop", False, at(2)).eval()(inputs) is inputs


def test_every_dropout_is_replaced_by_name_and_nothing_else():
    shared = nn.Dropout(0.1)
    model = nn.Sequential(
        nn.Linear(4, 4), shared, nn.Sequential(nn.Dropout2d(0.2), nn.AlphaDropout(0.3)), shared, nn.ReLU()
    ).eval()
    rest = [model[0], model[2][1], model[4]]
    assert key_dropout(model, Noise([1])) is model
    assert [model[0], model[2][1], model[4]] == rest
    assert model[1] is model[3]
    assert (model[1].layer, model[1].p, model[1].per_channel, model[1].training) == ("1", 0.1, False, False)
    assert (model[2][0].layer, model[2][0].p, model[2][0].per_channel) == ("2.0", 0.2, True)


def test_a_model_that_is_a_dropout_is_replaced_itself():
    assert isinstance(key_dropout(nn.Dropout(0.5), Noise([1])), KeyedDropout)
