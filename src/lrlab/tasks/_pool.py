"""All examples of a task put together, and the split that a seed draws of them."""

from collections.abc import Mapping

import torch

from ._split import Split
from ._splits import fresh_parts


def draw_splits(splits: Mapping[str, Split], classes: bool, seed: int) -> dict[str, Split]:
    """The splits of this seed, by name: of the same sizes, and drawn of all examples together.

    splits: those of the task. classes: whether labels are classes, which then are in each part in proportion.
    """
    inputs, labels = (torch.cat([split[place] for split in splits.values()]) for place in range(2))
    sizes = [len(split.labels) for split in splits.values()]
    parts = fresh_parts(labels.cpu().numpy() if classes else None, sizes, seed)
    positions = [torch.from_numpy(part).to(labels.device) for part in parts]
    return {
        name: Split(inputs.index_select(0, index), labels.index_select(0, index))
        for name, index in zip(splits, positions, strict=True)
    }
