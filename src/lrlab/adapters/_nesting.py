"""Optimizers inside optimizers: a library's wrappers, two-step methods over a base, steps within steps."""

import sys
from collections.abc import Iterator

from torch.optim import Optimizer

from ..errors import ScheduleError

STEP = Optimizer.profile_hook_step(lambda _: None).__code__  # what torch puts around every optimizer's step


def unwrap_optimizer(optimizer: Optimizer) -> Optimizer:
    """The optimizer itself, out of a library's wrappers, which have no hooks of their own."""
    inner = optimizer
    while "_optimizer_step_post_hooks" not in vars(inner):
        wrapped = vars(inner).get("optimizer")
        if not isinstance(wrapped, Optimizer):
            raise ScheduleError(
                f"updates are counted by the optimizer's step hooks, but {type(optimizer).__name__} has none; "
                f"give the scheduler the torch optimizer itself, before a library wraps it"
            )
        inner = wrapped
    return inner


def nested_optimizers(optimizer: Optimizer) -> Iterator[Optimizer]:
    """An optimizer and those it holds that hold the same parameters: the base of a two-step wrapper, and so on."""
    seen: list[Optimizer] = []
    waiting = [optimizer]
    while waiting:
        next_one = waiting.pop()
        if any(next_one is known for known in seen) or "_optimizer_step_post_hooks" not in vars(next_one):
            continue
        seen.append(next_one)
        yield next_one
        parts = [part for part in vars(next_one).values() if isinstance(part, Optimizer)]
        waiting += [part for part in parts if share_parameters(optimizer, part)]


def share_parameters(first: Optimizer, second: Optimizer) -> bool:
    """Whether two optimizers hold a parameter in common."""
    held = {id(parameter) for group in first.param_groups for parameter in group["params"]}
    return any(id(parameter) in held for group in second.param_groups for parameter in group["params"])


def has_gradient(optimizer: Optimizer) -> bool:
    """Whether any parameter of an optimizer has a gradient."""
    return any(parameter.grad is not None for group in optimizer.param_groups for parameter in group["params"])


def enclosing_optimizer(optimizer: Optimizer, depth: int) -> Optimizer | None:
    """The outermost optimizer with some of the same parameters whose step is under way around this one's.

    By the frames of the calls, not by counting steps begun and ended: a step that raises never ends.
    depth: how many calls lie between here and the step itself.
    """
    steps, frame = [], sys._getframe(depth)
    while frame is not None:
        code = frame.f_code
        if code is STEP or (code.co_name == STEP.co_name and code.co_filename == STEP.co_filename):  # compiled: a copy
            steps.append(frame)
        frame = frame.f_back
    for step in reversed(steps[1:]):  # the first is the step itself
        (outer, *_) = step.f_locals["args"]
        if outer is optimizer or share_parameters(outer, optimizer):
            return outer
    return None
