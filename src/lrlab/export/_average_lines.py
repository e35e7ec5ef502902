"""An average of weights as lines for a PyTorch loop: torch's own where it has one."""

import numpy as np

from ..errors import LabError
from ..schedules import Ema, Horizon, Lawa, Merged, Span, Swa, WeightAverage

NORMS = "update_bn(train_loader, averaged)  # before each evaluation of averaged.module: batch norm's statistics"


def average_lines(average: WeightAverage, *, horizon: Horizon) -> str:
    """Lines of plain PyTorch that keep the average and say what to evaluate; t counts updates from 0.

    Raises LabError for an average of another class than lrlab's.

    >>> print(average_lines(Swa(start="50%"), horizon=Horizon(updates=60, updates_per_epoch=15)), end="")
    # swa(start=50%), over 60 updates: one more copy of the weights
    from torch.optim.swa_utils import AveragedModel, update_bn
    averaged = AveragedModel(model)
    <BLANKLINE>
    # in the training loop, after optimizer.step() of update t:
    if t >= 30 and (59 - t) % 15 == 0:
        averaged.update_parameters(model)
    <BLANKLINE>
    update_bn(train_loader, averaged)  # before each evaluation of averaged.module: batch norm's statistics
    """
    average.fit(horizon)
    if isinstance(average, Ema):
        made, kept = _ema_lines(average)
    elif isinstance(average, Swa):
        made, kept = _swa_lines(average, horizon)
    elif isinstance(average, Lawa):
        made, kept = _lawa_lines(average, horizon)
    elif isinstance(average, Merged):
        made, kept = _merged_lines(average, horizon)
    else:
        raise LabError(f"{average} has no lines here; write its mean of weights yourself")
    copies = "one more copy" if average.checkpoints == 1 else f"{average.checkpoints} more copies"
    title = f"# {average}, over {horizon.updates} updates: {copies} of the weights"
    loop = "# in the training loop, after optimizer.step() of update t:"
    return "\n".join([title, *made, "", loop, *kept, "", NORMS]) + "\n"


def _ema_lines(average: Ema) -> tuple[list[str], list[str]]:
    """What makes the average, and what an update does."""
    update = ["averaged.update_parameters(model)"]
    if not average.debias:
        return [
            "from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn",
            f"averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn({average.decay!r}))",
        ], update
    return [
        "import math",
        "from torch.optim.swa_utils import AveragedModel, update_bn",
        f"DECAY = {average.decay!r}",
        "",
        "",
        "def mix(mean, weight, n):",
        '    """The mean after one more of n weights; early ones count no more than the decay says."""',
        "    share = (1 - DECAY) / -math.expm1((int(n) + 1) * math.log(DECAY))",
        "    return mean + share * (weight - mean)",
        "",
        "",
        "averaged = AveragedModel(model, avg_fn=mix)",
    ], update


def _swa_lines(average: Swa, horizon: Horizon) -> tuple[list[str], list[str]]:
    start, due = Span.parse(average.start).updates(horizon), _due(average.every, horizon)
    made = ["from torch.optim.swa_utils import AveragedModel, update_bn", "averaged = AveragedModel(model)"]
    return made, [f"if t >= {start} and {due}:", "    averaged.update_parameters(model)"]


def _lawa_lines(average: Lawa, horizon: Horizon) -> tuple[list[str], list[str]]:
    made = [
        "from collections import deque",
        "from torch.optim.swa_utils import AveragedModel, update_bn",
        f"checkpoints = deque(maxlen={average.last})",
        "averaged = AveragedModel(model)",
    ]
    kept = [
        f"if {_due(average.every, horizon)}:",
        "    checkpoints.append([weight.detach().clone() for weight in model.parameters()])",
        "    with torch.no_grad():",
        "        for mean, *weights in zip(averaged.parameters(), *checkpoints):",
        "            mean.copy_(torch.stack(weights).mean(0))",
    ]
    return made, kept


def _merged_lines(average: Merged, horizon: Horizon) -> tuple[list[str], list[str]]:
    """The shares as a table: of the weights after each update from the first that counts."""
    shares = average.mix(horizon)
    first, last = (int(place) for place in np.flatnonzero(shares)[[0, -1]])
    table = ", ".join(f"{share:.6g}" for share in shares[first : last + 1])
    made = [
        "from torch.optim.swa_utils import AveragedModel, update_bn",
        f"FIRST = {first}  # the update after which weights begin to count",
        f"SHARES = [{table}]",
        "averaged = AveragedModel(model, avg_fn=lambda mean, weight, n: mean + SHARES[int(n)] * (weight - mean))",
    ]
    return made, [f"if {first} <= t <= {last}:", "    averaged.update_parameters(model)"]


def _due(every: str, horizon: Horizon) -> str:
    return f"({horizon.updates - 1} - t) % {Span.parse(every).updates(horizon)} == 0"
