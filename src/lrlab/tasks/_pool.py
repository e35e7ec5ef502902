"""All examples of a task put together, and the split that a seed draws of them."""

from collections.abc import Mapping

import torch

from ._split import Split
from ._splits import fresh_parts, may_be_classes
from ._trees import leaves_of, rebuild


def draw_splits(splits: Mapping[str, Split], classes: bool, own_loss: bool, seed: int) -> dict[str, Split]:
    """The splits of this seed, by name: of the same sizes, and drawn of all examples together.

    splits: those of the task. classes: whether labels are classes, which then are in each part in proportion; under a
    loss of the user's own, own_loss, where they may be.
    """
    columns = zip(*(leaves_of(split.inputs) for split in splits.values()), strict=True)
    inputs = rebuild(next(iter(splits.values())).inputs, [torch.cat(column) for column in columns])
    pool = Split(inputs, torch.cat([split.labels for split in splits.values()]))
    sizes = [len(split.labels) for split in splits.values()]
    labels = pool.labels.cpu().numpy()
    parts = fresh_parts(labels if classes and (not own_loss or may_be_classes(labels)) else None, sizes, seed)
    positions = [torch.from_numpy(part).to(pool.labels.device) for part in parts]
    return {name: pool.take(index) for name, index in zip(splits, positions, strict=True)}
