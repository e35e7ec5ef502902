"""A task by name with another width or another split, and what has neither."""

import pytest

from lrlab.errors import TaskError
from lrlab.tasks import at_width, check_width, get, with_split


def test_widths_multiply():
    assert at_width("digits/convnet", 0.5) == "digits/convnet(width=0.5)"
    assert at_width("digits/convnet(width=0.5)", 2) == "digits/convnet"
    assert at_width("cifar10/resnet18(width=1/4, images=500)", 2) == "cifar10/resnet18(images=500, width=0.5)"
    assert at_width("digits/mlp(split=fresh)", 3) == "digits/mlp(split=fresh, width=3)"
    assert at_width("digits/mlp(width=3)", 1 / 3) == "digits/mlp"


@pytest.mark.parametrize(("model", "width"), [("convnet", 2), ("convnet", 0.25), ("mlp", 0.5)])
def test_every_hidden_layer_of_the_digits_has_the_width(model, width):
    plain = [tuple(each.shape) for each in get(f"digits/{model}").model().parameters()]
    wide = [tuple(each.shape) for each in get(f"digits/{model}(width={width})").model().parameters()]
    fixed = {1, 3, 10} | ({64} if model == "mlp" else set())
    assert wide == [tuple(n if n in fixed else n * width for n in shape) for shape in plain]
    check_width(f"digits/{model}", at_width(f"digits/{model}", width), width)


def test_a_width_that_rounds_is_refused():
    # 4, 8 and 32 channels: an eighth of 4 is none, and the factory would take one.
    with pytest.raises(TaskError, match=r"0.3 times the width of .* comes to 2.4 of 8 channels.*; take another factor"):
        check_width("digits/convnet", "digits/convnet(width=0.25)", 0.3)


@pytest.mark.parametrize("name", ["mine.py:task", "task:mine", "some.module:task"])
def test_a_task_of_ones_own_has_neither(name):
    with pytest.raises(TaskError, match=r"has no width that could be changed.*ask for the budget alone"):
        at_width(name, 2)
    with pytest.raises(TaskError, match=r'so is its split; write split="fresh" in Task.from_arrays'):
        with_split(name, "fresh")


def test_only_data_split_here_are_split_anew():
    assert with_split("digits/mlp(width=2)", "fresh") == "digits/mlp(split=fresh, width=2)"
    assert with_split("digits/mlp(split=fresh)", "fixed") == "digits/mlp"
    with pytest.raises(TaskError, match=r"test data of its own.*leave out the split"):
        with_split("cifar10/lenet", "fresh")
    with pytest.raises(TaskError, match='split is "fixed" or "fresh", but got \'new\'; write --split fresh'):
        with_split("digits/mlp", "new")
