"""A schedule or rule in the fewest lines: those of lrlab's own scheduler."""

from collections.abc import Mapping
from typing import Any

from ..rules import Plan, Rule, counts_epochs
from ..schedules import Horizon, is_own, parts_of
from ._momentum import first_momentum
from ._optimizers import momentum_of, optimizer_line, step_notes


def scheduler_lines(
    plan: Plan, *, peak: float, horizon: Horizon, optimizer: str = "", settings: Mapping[str, Any] | None = None
) -> str:
    """A few lines for a PyTorch loop: what is imported, the optimizer, and the scheduler that drives it.

    Of a rule there is one more, for after each epoch's validation. optimizer and settings as in `torch_lines`; without
    an optimizer, a word about what it is to begin with, and which settings.

    >>> from lrlab.schedules import Cosine
    >>> horizon = Horizon(updates=186, updates_per_epoch=31)
    >>> print(scheduler_lines(Cosine(), peak=0.1, horizon=horizon, optimizer="sgd", settings={"momentum": 0.9}), end="")
    import torch
    from lrlab import Scheduler
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = Scheduler(optimizer, "cosine", updates=186)  # after each optimizer.step(): scheduler.step()
    """
    plan.bind(peak=peak, horizon=horizon)
    given, rate = settings or {}, f"{peak:.12g}"
    if optimizer:
        rates = (plan.then if isinstance(plan, Rule) else plan).bind(peak=peak, horizon=horizon)
        moved = first_momentum(rates, momentum_of(optimizer, given))
        made = optimizer_line(optimizer, given, rate=rate, brief=True, moved=moved)
    else:
        more = "".join(f", {name}={value!r}" for name, value in given.items())
        made = f"# your optimizer, made with lr={rate}{more}"
    epoch = f", updates_per_epoch={horizon.updates_per_epoch}" if counts_epochs(plan, horizon) else ""
    drives = f'scheduler = Scheduler(optimizer, "{plan}", updates={horizon.updates}{epoch})'
    lines = [
        "from lrlab import Scheduler",
        *_registration_lines(plan),
        made,
        f"{drives}  # after each optimizer.step(): scheduler.step()",
    ]
    if isinstance(plan, Rule):
        lines.append("# after each epoch's validation: scheduler.step_metric(validation_loss)")
    lines += step_notes(given) if optimizer else ()
    if any("torch." in line for line in lines):
        lines.insert(0, "import torch")
    return "\n".join(lines) + "\n"


def _registration_lines(plan: Plan) -> list[str]:
    """What has to run before a class of the user's own is known by its name."""
    own = [part for part in parts_of(plan) if is_own(type(part))]
    return sorted(
        {f"# {part.name} is registered in {type(part).__module__}, which has to be imported here" for part in own}
    )
