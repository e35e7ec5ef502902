"""Where all generators stand that a training may draw from, as a checkpoint takes it."""

import random
from typing import Any

import numpy as np


def read_generators() -> dict[str, Any]:
    """The states of Python's, numpy's and torch's own generators, as plain data and tensors."""
    import torch

    kind, numbers, *rest = np.random.get_state()  # noqa: NPY002  it is this one that users' code draws from
    cards = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    python, torchs = random.getstate(), torch.get_rng_state()
    return {"python": python, "numpy": [kind, np.asarray(numbers).tolist(), *rest], "torch": torchs, "cards": cards}


def set_generators(states: dict[str, Any]) -> None:
    """Go on drawing from where `read_generators` saw them; cards only where there are as many as then."""
    import torch

    version, internal, gauss = states["python"]
    random.setstate((version, tuple(internal), gauss))
    kind, numbers, *rest = states["numpy"]
    np.random.set_state((kind, np.array(numbers, dtype=np.uint32), *rest))  # noqa: NPY002
    torch.set_rng_state(states["torch"])
    if states["cards"] and len(states["cards"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(states["cards"])
