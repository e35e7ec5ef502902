"""From stored inputs to what a model eats, a batch at a time: no loop over images, on the inputs' device."""

from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from ._augment import Augment, Normalize
from ._compiled import prepare_compiled
from ._trees import Inputs, map_inputs

DRAWS = 5  # row offset, column offset, flip, cutout's row, cutout's column


def prepare(
    inputs_B: Tensor,
    augment: Augment | None,
    normalize: Normalize | None,
    draws_5B: Tensor | None,
    dtype: torch.dtype,
) -> Tensor:
    """Crop, flip, to numbers, normalise, cut out: in this order. The first two and the last only with draws.

    inputs_B: as they are stored, (B, ...). augment, normalize: the task's; None where it has none. draws_5B: what
    `draw` gave for them; None in evaluation. dtype: of what comes out.

    Compiled where it can be (`_compiled.py`); what follows here says what that does.
    """
    if inputs_B.dtype == torch.uint8 and inputs_B.ndim == 4:
        table = _grey_table(inputs_B.shape[1], normalize, dtype)
        prepared = prepare_compiled(inputs_B, None if draws_5B is None else augment, table, draws_5B)
        if prepared is not None:
            return prepared
    if augment is None or draws_5B is None:
        return _to_numbers(inputs_B, normalize, dtype)
    moved_B = _crop_and_flip(inputs_B, augment, draws_5B) if augment.crop or augment.flip else inputs_B
    values_B = _to_numbers(moved_B, normalize, dtype)
    if augment.cutout:
        values_B = values_B.clone() if values_B is inputs_B else values_B  # never into the task's own memory
        _cut_out(values_B, augment.cutout, draws_5B)
    return values_B


class Preparation(NamedTuple):
    """How a batch of stored inputs becomes what the model eats. The fields are as `prepare` has them.

    tokens: whole numbers and booleans stay what they are.
    """

    augment: Augment | None
    normalize: Normalize | None
    draws: Tensor | None
    dtype: torch.dtype
    tokens: bool

    def of(self, inputs: Inputs, stored: set[int]) -> Inputs:
        """Each tensor of the inputs, prepared. stored: addresses of memory that none of them may share."""

        def prepare_leaf(leaf: Tensor) -> Tensor:
            prepared = leaf if self.tokens and is_whole(leaf) else prepare(leaf, *self[:4])
            return prepared.clone() if prepared.untyped_storage().data_ptr() in stored else prepared

        return map_inputs(prepare_leaf, inputs)


def is_whole(inputs: Tensor) -> bool:
    """Whether they are whole numbers or booleans, and no images."""
    return not inputs.is_floating_point() and not (inputs.dtype == torch.uint8 and inputs.ndim == 4)


def draw(count: int, generator: torch.Generator) -> Tensor:
    """Everything random about the augmentation of so many images: (DRAWS, count) whole numbers below 2**31.

    They are drawn whatever is switched on, and what is needed is their remainder. So the same generator flips the same
    images with and without a crop.
    """
    return torch.randint(2**31, (DRAWS, count), generator=generator, device=generator.device)


def _crop_and_flip(images: Tensor, augment: Augment, draws_5B: Tensor) -> Tensor:
    """(B, C, H, W) to the same shape. The mirrored image is cropped at the mirrored place: the crop comes first."""
    count, channels, height, width = images.shape
    border = augment.crop
    padded = pad(torch.cat([images, images.flip(-1)]) if augment.flip else images, (border,) * 4)
    rows, columns = padded.shape[2:]
    top_B, left_B = draws_5B[:2] % (2 * border + 1)
    source_B = torch.arange(count, device=images.device)
    if augment.flip:
        flipped_B = draws_5B[2] % 2
        source_B = source_B + count * flipped_B
        left_B = torch.where(flipped_B == 1, 2 * border - left_B, left_B)
    # Every place where a window can start, as one overlapping view; an image's window is then one row of it. Indexing
    # the windows as four axes gives the same and takes ten times as long.
    last = padded.numel() - ((channels - 1) * rows + height - 1) * columns - width
    starts_B = source_B * (channels * rows * columns) + top_B * columns + left_B
    windows = padded.as_strided((last + 1, channels, height, width), (1, rows * columns, columns, 1))
    return windows.index_select(0, starts_B)


def _to_numbers(inputs: Tensor, normalize: Normalize | None, dtype: torch.dtype) -> Tensor:
    """uint8 (B, C, H, W) to (x/255 - mean) / std as one product and one sum; other inputs as they are."""
    if inputs.dtype != torch.uint8:
        return inputs.to(dtype)
    exact = torch.promote_types(dtype, torch.float32)
    values = inputs.to(exact)
    if normalize is None:
        return values.div_(255).to(dtype)
    scale, shift = _scale_and_shift(normalize, inputs.device, exact)
    return values.mul_(scale).add_(shift).to(dtype)


@lru_cache(maxsize=16)
def _grey_table(channels: int, normalize: Normalize | None, dtype: torch.dtype) -> Tensor:
    """What each grey value becomes, (C, 256)."""
    values = torch.arange(256, dtype=torch.uint8).expand(1, channels, 1, 256)
    return _to_numbers(values, normalize, dtype)[0, :, 0].contiguous()


@lru_cache(maxsize=16)
def _scale_and_shift(normalize: Normalize, device: torch.device, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """1 / (255 std) and -mean / std, each (C, 1, 1). Kept: sending them to an accelerator would wait for it."""
    mean, std = (torch.tensor(numbers, dtype=torch.float64) for numbers in (normalize.mean, normalize.std))
    scale, shift = (part.view(-1, 1, 1).to(device, dtype) for part in (1 / (255 * std), -mean / std))
    return scale, shift


def _cut_out(values: Tensor, side: int, draws_5B: Tensor) -> None:
    """Set a square around a random pixel of each image (B, C, H, W) to zero, in place."""

    def inside(size: int, draws_B: Tensor) -> Tensor:
        distance = torch.arange(size, device=values.device) - (draws_B % size - side // 2)[:, None]
        return (distance >= 0) & (distance < side)

    height, width = values.shape[2:]
    square = inside(height, draws_5B[3])[:, None, :, None] & inside(width, draws_5B[4])[:, None, None, :]
    values.mul_((~square).to(values.dtype))  # several times as fast as filling in the mask
