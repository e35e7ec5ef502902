"""Outputs, and images, in another form than is asked for: refused with the way out."""

from types import SimpleNamespace

import numpy as np
import pytest
from torch import nn

from lrlab.errors import TaskError
from lrlab.objectives import Classification
from lrlab.tasks import Augment, Task
from lrlab.tasks._fit import check_fit


@pytest.mark.parametrize("shape", [(32, 32, 3), (12, 9, 1), (8, 8, 4)])
@pytest.mark.parametrize("augment", [Augment(flip=True), Augment(crop=2), Augment(cutout=3)])
def test_images_whose_channels_come_last_are_refused(shape, augment):
    with pytest.raises(TaskError, match=rf"look as if their {shape[2]} channels came last.*transpose\(0, 3, 1, 2\)"):
        augment.check(shape)


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 8, 3), (3, 8, 4), (8, 16, 16), (2, 8, 4)])
def test_images_whose_channels_come_first_are_taken(shape):
    assert Augment(flip=True).check(shape) is None


class Gives(nn.Module):
    """What a function makes of the outputs of a layer."""

    def __init__(self, form, width=3):
        super().__init__()
        self.layer, self.form = nn.Linear(4, width), form

    def forward(self, x):
        return self.form(self.layer(x))


def of_classes(form, labels=None, width=3, **others):
    labels = np.arange(60) % 3 if labels is None else labels
    inputs = np.random.default_rng(0).normal(size=(60, 4))
    return Task.from_arrays(model=lambda: Gives(form, width), inputs=inputs, labels=labels, **others)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (lambda y: {"loss": y.mean(), "logits": y}, r"but gave dict for 5 examples; .* `return outputs\['logits'\]`"),
        (lambda y: {"scores": y}, r"`return outputs\['scores'\]`"),
        (lambda y: (y.mean(), y), r"but gave tuple for 5 examples; .* `return outputs\[1\]`"),
        (lambda y: SimpleNamespace(logits=y), "but gave SimpleNamespace .* `return outputs.logits`"),
        (lambda y: y.mean(), r"let its forward return a tensor \(N, ...\), a row for each of N examples"),
        (lambda y: y[..., None], r"it gives \(3, 1\); let its forward return outputs.flatten\(1\), of shape \(N, 3\)"),
    ],
)
def test_outputs_in_another_form_say_how_they_become_a_tensor(form, words):
    with pytest.raises(TaskError, match=words):
        check_fit(of_classes(form), "mine")


@pytest.mark.parametrize("objective", [None, Classification()])
def test_a_label_that_stands_for_no_class_is_named_by_its_value(objective):
    labels = np.where(np.arange(60) % 10 == 9, 255, np.arange(60) % 3)
    words = r"4 classes, 0, 1, 2, 255, .*last layer to 4 outputs; or, if 255 stands for no class, .*ignore_index=255"
    with pytest.raises(TaskError, match=words):
        check_fit(of_classes(lambda y: y, labels, objective=objective), "mine")


def test_shapes_that_broadcast_are_refused_without_a_warning_of_torch(recwarn):
    labels = np.random.default_rng(0).normal(size=60)
    with pytest.raises(TaskError, match=r"every output|broadcast"):
        check_fit(of_classes(lambda y: y, labels, width=1, loss=nn.L1Loss()), "mine")
    assert not [warning for warning in recwarn if "target size" in str(warning.message)]
