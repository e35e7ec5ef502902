"""All examples of a task put together, and the split that a seed draws of them."""

from collections.abc import Mapping

import torch

from ._split import Split
from ._splits import fresh_parts
from ._trees import leaves_of, rebuild


def draw_splits(splits: Mapping[str, Split], classes: bool, seed: int) -> dict[str, Split]:
    """The splits of this seed, by name: of the same sizes, and drawn of all examples together.

    splits: those of the task. classes: whether labels are classes, which then are in each part in proportion.
    """
    columns = zip(*(leaves_of(split.inputs) for split in splits.values()), strict=True)
    inputs = rebuild(next(iter(splits.values())).inputs, [torch.cat(column) for column in columns])
    pool = Split(inputs, torch.cat([split.labels for split in splits.values()]))
    sizes = [len(split.labels) for split in splits.values()]
    parts = fresh_parts(pool.labels.cpu().numpy() if classes else None, sizes, seed)
    positions = [torch.from_numpy(part).to(pool.labels.device) for part in parts]
    return {name: pool.take(index) for name, index in zip(splits, positions, strict=True)}
