"""Does the factory make a new model each time, whose weights belong to the seed?"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..errors import TaskError
from ._base import Task
from ._functions import making_way
from ._model_tensors import named_tensors
from ._seeded import seeded, states
from ._trees import Inputs, call_model, map_inputs, take_examples


def make_model(task: Task, name: str) -> nn.Module:
    """A model of the task's factory. Raises TaskError where that fails, or is no module with something to train."""
    try:
        model = task.model()
    except TaskError as error:
        raise TaskError(f"{name}: {error}") from error
    except Exception as error:
        way = making_way(task.model) if isinstance(error, TypeError) else ""
        raise TaskError(f"{name}: making the model failed: {type(error).__name__}: {error}{way}") from error
    if not isinstance(model, nn.Module):
        raise TaskError(f"{name}: `model` must return a torch.nn.Module, but returned {type(model).__name__}")
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise TaskError(f"{name}: the model has no parameter to train")
    return model


def make_two_models(task: Task, name: str) -> tuple[nn.Module, nn.Module]:
    """Two models of one seed. Raises TaskError where they are one, share memory, or differ.

    A model whose shapes wait for its first inputs is given some: the task's factory then gives whole models.
    """
    first = make_model(task, name)
    if any(map(is_lazy, named_tensors(first).values())):
        task.model = _settle_shapes(task.model, task.prepare(take_examples(task.train.inputs, slice(2))))
    with seeded(0):
        first = make_model(task, name)
    with seeded(0):
        second = make_model(task, name)
    _check_apart(name, first, second)
    _check_alike(name, named_tensors(first), named_tensors(second))
    _check_seeds(task, name)
    return first, second


def _settle_shapes(factory: Callable[[], nn.Module], inputs: Inputs) -> Callable[[], nn.Module]:
    """The factory, its models run once, so that shapes and weights are there before anything asks for them."""

    def make() -> nn.Module:
        model = factory().eval()
        with torch.no_grad():
            call_model(model, map_inputs(Tensor.clone, inputs))
        return model.train()

    make.__qualname__ = "_settled.<locals>.make"  # it stands in the fingerprints of tasks that are in stores
    vars(make)["__wrapped__"] = factory  # which names the task
    return make


def _check_seeds(task: Task, name: str) -> None:
    """The factory leaves the generators to the trial: it seeds none of them itself.

    What it seeds stands at one place afterwards, from wherever it came.
    """
    ends = []
    for seed in (1, 2):
        with seeded(seed):
            make_model(task, name)
            ends.append((torch.initial_seed(), *states()))
    for kind, first, second in zip(("torch", "Python", "numpy"), *ends, strict=True):
        if first == second:
            raise TaskError(
                f"{name}: `model` seeds {kind}'s generator itself, so every seed begins with the same weights and "
                f"several seeds are worth one; leave the seed to lrlab, or, where all are to begin with the same "
                f"weights, build them once outside and return copy.deepcopy(...)"
            )


def _check_apart(name: str, first: nn.Module, second: nn.Module) -> None:
    """Nothing that one model learns may reach the other."""
    way_out = (
        "trials would go on from each other's weights; build every layer inside the function, "
        "or return copy.deepcopy(...) of what is built outside"
    )
    if first is second:
        raise TaskError(f"{name}: `model` gives one and the same module each time: {way_out}")
    places = dict(_memory_of(first))
    shared = sorted({places[place] for place, _ in _memory_of(second) if place in places})
    if shared:
        raise TaskError(f"{name}: the models that `model` gives share {', '.join(shared[:3])}: {way_out}")


def _memory_of(model: nn.Module) -> Iterator[tuple[int, str]]:
    """Where each tensor of a model lies, and its name."""
    for name, tensor in named_tensors(model).items():
        storage = tensor.untyped_storage()
        if storage.nbytes():
            yield storage.data_ptr(), name


def _check_alike(name: str, first: dict[str, Tensor], second: dict[str, Tensor]) -> None:
    """One seed gives one model."""
    way_out = (
        "the seed decides nothing then; draw from torch's, numpy's or Python's own generators as they are, "
        "or seed your generator inside the function with torch.initial_seed()"
    )
    if {key: tensor.shape for key, tensor in first.items()} != {key: tensor.shape for key, tensor in second.items()}:
        raise TaskError(f"{name}: under one seed `model` gives models of different layers or shapes: {way_out}")
    # NaN is equal to itself here: that weights are no numbers is another fault.
    differing = [key for key in first if not torch.equal(first[key].nan_to_num(), second[key].nan_to_num())]
    if differing:
        raise TaskError(f"{name}: under one seed `model` gives other values of {', '.join(differing[:3])}: {way_out}")
