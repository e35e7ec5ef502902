"""The same trials in lanes, and one by one in torch."""

import copy

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from lrlab.engine._idle import UNUSED
from lrlab.engine._make_backend import make_backend
from lrlab.engine._noise import Noise, key_dropout
from lrlab.engine._verify import deviation
from lrlab.spec import Optimizer
from lrlab.tasks import Task
from support.tasks import trial

SEEDS = (11, 12)


class Twin:
    """K trials of make(), whose outputs are (B, numbers): in lanes, and one by one in torch, given the same batches.

    which: each trial's seed. whole: weights and inputs are whole numbers, so that sums are exact and ties are many.
    squares: the loss is mean squared error. classes: where there are fewer than outputs. spread: of the inputs.
    engines: the names of the backends. threads: of the lanes.
    """

    def __init__(
        self,
        make,
        shape,
        which=(0, 1, 1, 0, 1),
        batch=6,
        threads=None,
        precision="float64",
        whole=False,
        squares=False,
        classes=None,
        spread=1.0,
        engines=("lanes", "loop"),
        **optimizer,
    ):
        self.shape, self.which, self.batch, self.whole, self.spread = tuple(shape), list(which), batch, whole, spread
        self.dtype = getattr(torch, precision)
        torch.manual_seed(0)
        self.models = [make().to(self.dtype) for _ in self.which]
        if whole:
            with torch.no_grad():
                for model in self.models:
                    for parameter in model.parameters():
                        parameter.copy_(torch.randint(-1, 2, parameter.shape))
        self.outputs = self._outputs()
        self.task = self._task(make, squares, classes or self.outputs)
        self.trial = trial(
            self.task, optimizer=Optimizer(**{"name": "sgd"} | optimizer), batch_size=batch, precision=precision
        )
        self.backends, self.noises = [], []
        for name in engines:
            self.noises.append(Noise(SEEDS))
            keyed = [key_dropout(copy.deepcopy(model), self.noises[-1]) for model in self.models]
            before = torch.get_num_threads()
            torch.set_num_threads(threads or before)
            try:
                self.backends.append(make_backend(name, keyed, self.which, self.noises[-1], self.task, self.trial))
            finally:
                torch.set_num_threads(before)

    def _outputs(self):
        with torch.no_grad():
            return copy.deepcopy(self.models[0]).eval()(torch.zeros(2, *self.shape, dtype=self.dtype)).shape[1]

    def _task(self, make, squares, classes):
        inputs = torch.zeros(classes, *self.shape)
        labels = torch.zeros(classes, self.outputs) if squares else torch.arange(classes)
        loss = F.mse_loss if squares else None
        return Task(model=make, train=(inputs, labels), validation=None, test=(inputs, labels), loss=loss)

    def batch_of(self, t, own=True):
        """Inputs (S, B, ...) and labels (K, B, ...) of update t. own: each seed has inputs of its own."""
        draws = torch.Generator().manual_seed(t)
        seeds = len(SEEDS) if own else 1
        inputs = self.spread * torch.randn(seeds, self.batch, *self.shape, generator=draws, dtype=torch.float64)
        if self.task.classes is None:
            labels = torch.randn(seeds, self.batch, self.outputs, generator=draws, dtype=torch.float64).to(self.dtype)
        else:
            labels = torch.randint(self.task.classes, (seeds, self.batch), generator=draws)
        inputs = inputs.round().clamp(-2, 2) if self.whole else inputs
        return inputs.to(self.dtype), labels[[seed if own else 0 for seed in self.which]]

    def values(self, rate=0.1, momentum=0.9, decay=0.0):
        """Rates (F, K); a number holds for every trial."""
        return np.stack([np.broadcast_to(one, len(self.which)) for one in (rate, momentum, decay)]).astype(np.float64)

    def step(self, t, values=None, own=True):
        """Update t of both. What deviates, by name: losses, outputs, weights, buffers, the optimizer's state."""
        inputs, labels = self.batch_of(t, own)
        found = []
        for backend, noise in zip(self.backends, self.noises, strict=True):
            noise.t = t
            given = self.values() if values is None else values
            losses, outputs = backend.step(inputs, labels, given, t)
            found.append({"losses": losses, "outputs": outputs})
        apart = {name: deviation(found[0][name], found[1][name]) for name in found[0]}
        return apart | self.apart()

    def apart(self):
        """What deviates in weights, buffers and the optimizer's state, by name."""
        here, there = (everything(backend) for backend in self.backends)
        assert here.keys() == there.keys()
        return {name: deviation(here[name], there[name]) for name in here}

    def look(self, count=9):
        """How far the outputs of an evaluation deviate, of more or fewer images than a batch has."""
        inputs = torch.randn(1, count, *self.shape, generator=torch.Generator().manual_seed(99), dtype=self.dtype)
        with torch.no_grad():
            here, there = (backend.forward(inputs, False) for backend in self.backends)
        assert here.shape == there.shape
        return deviation(here, there)


def everything(backend):
    """Copies of all tensors of a backend, by name."""
    slots = {slot: held for slot, held in backend.state().items() if slot != UNUSED}  # lanes hold no weight unused
    state = {f"{slot} {name}": one for slot, held in slots.items() for name, one in held.items()}
    return {name: tensor.clone() for name, tensor in (backend.tensors() | state).items()}


@pytest.fixture(scope="session")
def twin(needs_native):
    """The class `Twin`."""
    return Twin
