"""Networks of text and of pixels: counts of their docstrings, what they see, and what their options refuse."""

import pytest
import torch

from lrlab.errors import TaskError
from lrlab.models import gpt, text_classifier, unet


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


def test_counts_are_those_of_the_docstrings():
    assert count(gpt(100)) == 116_608
    assert count(unet(1, 11)) == 29_571
    assert count(text_classifier(1000, 8)) == 33_320


def test_a_position_sees_itself_and_those_before_alone():
    torch.manual_seed(0)
    model, ids = gpt(20, context=8, dim=16, heads=2, blocks=2).double(), torch.randint(20, (3, 8))
    other = ids.clone()
    other[:, 5] = (ids[:, 5] + 1) % 20
    before, after = model(ids), model(other)
    assert before.shape == (3, 8, 20)
    assert torch.equal(before[:, :5], after[:, :5])
    assert (before[:, 5:] != after[:, 5:]).any(2).all()
    torch.testing.assert_close(model(ids[:, :4]), before[:, :4])


def test_gpt_begins_as_gpt_2_does():
    torch.manual_seed(0)
    model = gpt(200, context=64, dim=64, heads=4, blocks=8)
    spread = {name: parameter.std().item() for name, parameter in model.named_parameters()}
    assert spread["tokens.weight"] == pytest.approx(0.02, rel=0.05)
    assert spread["positions"] == pytest.approx(0.02, rel=0.05)
    assert spread["blocks.3.down.weight"] == pytest.approx(0.02 / 4, rel=0.05)
    assert spread["blocks.3.attention.joined.weight"] == pytest.approx(0.02 / 4, rel=0.05)
    assert spread["blocks.3.up.bias"] == 0


def test_padding_has_no_part_in_a_text():
    torch.manual_seed(0)
    model, ids = text_classifier(30, 4), torch.randint(1, 30, (2, 5))
    padded = torch.cat([ids, torch.zeros(2, 3, dtype=torch.int64)], 1)
    torch.testing.assert_close(model(padded), model(ids))
    model(padded).sum().backward()
    assert model.tokens.weight.grad[0].abs().max() == 0
    assert model(torch.zeros(1, 4, dtype=torch.int64)).isfinite().all()


def test_every_pixel_has_its_scores():
    torch.manual_seed(0)
    assert unet(3, 5, width=4)(torch.randn(2, 3, 12, 20)).shape == (2, 5, 12, 20)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: gpt(0), "gpt: vocabulary must be a whole number of at least 1, but got 0"),
        (
            lambda: gpt(10, dim=30, heads=4),
            r"dim must be a multiple|multiple of heads, but got dim 30 and 4 heads; dim 28",
        ),
        (lambda: unet(1, 2, width=0.5), "unet: width must be a whole number of at least 1, but got 0.5"),
        (lambda: text_classifier(10, True), "text_classifier: classes must be a whole number of at least 1"),
    ],
)
def test_options_that_cannot_work_are_refused(make, says):
    with pytest.raises(TaskError, match=says):
        make()
