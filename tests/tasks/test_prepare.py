"""Augmentation and normalisation against a slow, obvious twin: one image after the other, on numpy arrays."""

import numpy as np
import pytest
import torch
from torch import nn

from lrlab import Augment, Normalize, Task
from lrlab.errors import TaskError

MEAN, STD = (0.5, 0.25, 0.125), (0.5, 0.2, 0.3)


def task(shape=(3, 9, 6), kind=np.uint8, count=40, **others):
    images = np.random.default_rng(2).integers(0, 256, (count, *shape), dtype=np.uint8)
    if kind is not np.uint8:
        images = (images / 255 - 0.5).astype(kind)
    return Task.from_arrays(model=lambda: nn.Linear(1, 1), inputs=images, labels=np.arange(count) % 10, **others)


def twin(image, augment, draws, normalize=None):
    """One image (C, H, W) as the documents say: crop, flip, divide, normalise, cut out."""
    top, left = draws[0] % (2 * augment.crop + 1), draws[1] % (2 * augment.crop + 1)
    height, width = image.shape[1:]
    padded = np.pad(image, ((0, 0), (augment.crop, augment.crop), (augment.crop, augment.crop)))
    image = padded[:, top : top + height, left : left + width]
    if augment.flip and draws[2] % 2:
        image = image[:, :, ::-1]
    values = image.astype(np.float32)
    if normalize is not None:
        for channel, (mean, std) in enumerate(zip(normalize.mean, normalize.std, strict=True)):
            values[channel] = values[channel] * np.float32(1 / (255 * std)) + np.float32(-mean / std)
    elif image.dtype == np.uint8:
        values = values / np.float32(255)
    row, column = draws[3] % height, draws[4] % width
    for y in range(row - augment.cutout // 2, row - augment.cutout // 2 + augment.cutout):
        for x in range(column - augment.cutout // 2, column - augment.cutout // 2 + augment.cutout):
            if 0 <= y < height and 0 <= x < width:
                values[:, y, x] = 0
    return values


def generator(seed=7):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("shape", [(3, 8, 8), (1, 9, 7), (2, 5, 12)])
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
@pytest.mark.parametrize(
    "augment",
    [
        Augment(),
        Augment(crop=4),
        Augment(crop=1),
        Augment(flip=True),
        Augment(cutout=4),
        Augment(cutout=3),
        Augment(crop=3, flip=True),
        Augment(crop=2, flip=True, cutout=20),
        Augment(crop=2, flip=True, cutout=5),
    ],
)
def test_a_batch_is_what_the_twin_makes_of_each_image(shape, kind, augment):
    whole = task(shape, kind, augment=augment)
    inputs = whole.train.inputs
    draws = torch.randint(2**31, (5, len(inputs)), generator=generator()).numpy()
    expected = [twin(image, augment, draws[:, row]) for row, image in enumerate(inputs.numpy())]
    assert torch.equal(whole.prepare(inputs, generator=generator()), torch.from_numpy(np.stack(expected)))


def test_cutout_comes_after_normalisation_and_crops_are_black():
    augment, normalize = Augment(crop=4, flip=True, cutout=3), Normalize(MEAN, STD)
    whole = task((3, 8, 8), augment=augment, normalize=normalize)
    inputs = whole.train.inputs
    draws = torch.randint(2**31, (5, len(inputs)), generator=generator()).numpy()
    expected = np.stack([twin(image, augment, draws[:, n], normalize) for n, image in enumerate(inputs.numpy())])
    assert torch.equal(whole.prepare(inputs, generator=generator()), torch.from_numpy(expected))
    assert np.isclose(expected, -np.divide(MEAN, STD)[:, None, None]).any(axis=(0, 2, 3)).all()  # black is -mean/std


def test_evaluation_divides_and_normalises_and_nothing_else():
    inputs = task().train.inputs
    plain = task(augment=Augment(crop=2, flip=True, cutout=3)).prepare(inputs)
    assert torch.equal(plain, inputs / 255)
    normal = task(normalize=Normalize(MEAN, STD)).prepare(inputs, dtype=torch.float64)
    wanted = (inputs.double() / 255 - torch.tensor(MEAN).double().view(3, 1, 1)) / torch.tensor(STD).double().view(
        3, 1, 1
    )
    torch.testing.assert_close(normal, wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_what_comes_out_has_the_type_that_was_asked_for(dtype):
    for whole in (task(normalize=Normalize(MEAN, STD)), task(), task(kind=np.float32)):
        exact = whole.prepare(whole.train.inputs, dtype=torch.float64)
        given = whole.prepare(whole.train.inputs, dtype=dtype)
        assert given.dtype == dtype
        torch.testing.assert_close(given.double(), exact, rtol=1e-2, atol=1e-2)


def test_without_a_need_to_draw_the_generator_is_left_alone():
    source = generator()
    task().prepare(task().train.inputs, generator=source)
    assert torch.equal(source.get_state(), generator().get_state())


def test_draws_depend_on_the_number_of_images_alone():
    inputs = task((3, 8, 8)).train.inputs
    flipped = task((3, 8, 8), augment=Augment(flip=True)).prepare(inputs, generator=generator())
    both = task((3, 8, 8), augment=Augment(flip=True, cutout=2)).prepare(inputs, generator=generator())
    kept = both != 0
    assert torch.equal(both[kept], flipped[kept])
    other = torch.zeros_like(inputs)
    ends = [generator(), generator(), generator()]
    task((3, 8, 8), augment=Augment(flip=True)).prepare(other, generator=ends[0])
    task((3, 8, 8), augment=Augment(crop=3, flip=True, cutout=4)).prepare(inputs, generator=ends[1])
    task((1, 30, 30), augment=Augment(cutout=1)).prepare(torch.zeros(len(inputs), 1, 30, 30), generator=ends[2])
    assert torch.equal(ends[0].get_state(), ends[1].get_state())
    assert torch.equal(ends[0].get_state(), ends[2].get_state())


def test_every_place_of_a_crop_and_both_directions_come_up_equally_often():
    images = torch.arange(1, 50, dtype=torch.uint8).view(1, 1, 7, 7).repeat(4500, 1, 1, 1)
    found = task((1, 7, 7), augment=Augment(crop=1, flip=True)).prepare(images, generator=generator())
    kinds, counts = (found * 255).round().flatten(1).unique(dim=0, return_counts=True)
    assert len(kinds) == 18
    assert 180 < counts.min() <= counts.max() < 330  # 250 each, with a standard deviation of 15


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_the_stored_images_are_never_changed(kind):
    whole = task((3, 8, 8), kind, augment=Augment(crop=2, flip=True, cutout=4))
    before = whole.train.inputs.clone()
    for changed in (whole, task((3, 8, 8), kind, augment=Augment(cutout=4)), task((3, 8, 8), kind)):
        changed.prepare(whole.train.inputs, generator=generator())
    assert torch.equal(whole.train.inputs, before)


def test_inputs_that_are_no_images_pass_through():
    points = Task.from_arrays(
        model=lambda: nn.Linear(4, 2), inputs=np.ones((20, 4), np.uint8), labels=np.arange(20) % 2
    )
    assert points.train.inputs.dtype == torch.float32
    prepared = points.prepare(points.train.inputs)
    assert torch.equal(prepared, points.train.inputs)
    prepared.zero_()  # a model may change its inputs in place
    assert points.train.inputs.any()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a graphics card")
def test_on_a_graphics_card_the_draws_come_from_its_generator():
    augment, normalize = Augment(crop=4, flip=True, cutout=3), Normalize(MEAN, STD)
    whole = task((3, 8, 8), augment=augment, normalize=normalize).to("cuda")
    inputs, device = whole.train.inputs, torch.device("cuda")
    draws = torch.randint(2**31, (5, len(inputs)), generator=torch.Generator(device).manual_seed(7), device=device)
    expected = [twin(image, augment, draws[:, n].tolist(), normalize) for n, image in enumerate(inputs.cpu().numpy())]
    given = whole.prepare(inputs, generator=torch.Generator(device).manual_seed(7))
    torch.testing.assert_close(given.cpu(), torch.from_numpy(np.stack(expected)), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Augment(crop=-1), "`crop` must be a whole number of pixels from 0, but got -1"),
        (lambda: Augment(crop=True), "`crop` must be a whole number of pixels"),
        (lambda: Augment(cutout=2.5), "`cutout` must be a whole number of pixels"),
        (lambda: Augment(flip=1), "`flip` must be True or False, but got 1"),
        (lambda: Normalize(0.5, 0.5), "`mean` must be numbers, one for each channel, but got 0.5"),
        (lambda: Normalize((0.5,), ("a",)), "`std` must be numbers"),
        (lambda: Normalize((0.5,), (0.5, 0.5)), "one number for each channel, but got 1 and 2"),
        (lambda: Normalize((), ()), "one number for each channel, but got 0 and 0"),
        (lambda: Normalize((0.5,), (0.0,)), "finite and std above 0"),
        (lambda: Normalize((float("nan"),), (1.0,)), "finite and std above 0"),
        (lambda: task((4,), augment=Augment(flip=True)), r"needs images.*shape \(4,\); reshape them, or leave"),
        (
            lambda: task((3, 8, 6), augment=Augment(crop=6)),
            "smaller than the image, but got 6 pixels for .* 8 x 6",
        ),
        (lambda: task(normalize=Normalize((0.5,), (0.5,))), "have 3 channels, but mean and std have 1.*channels first"),
        (lambda: task(kind=np.float32, normalize=Normalize(MEAN, STD)), "normalise other inputs before"),
        (lambda: task((12,), normalize=Normalize(MEAN, STD)), "normalize is for uint8 images"),
    ],
)
def test_what_cannot_be_done_is_refused(make, message):
    with pytest.raises(TaskError, match=message):
        make()
