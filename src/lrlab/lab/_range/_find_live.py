"""The range test on live objects: the user's own model, optimizer, loader and loss."""

from collections.abc import Callable, Sequence
from typing import Any

from ...spec import HIGHEST_RATE, OPTIMIZERS, RangeTest
from ._range_test import (
    MeasuredRates,
    SweepSubject,
    checked_count,
    checked_rates,
    highest_rate,
    lengths_of,
    sweep_rates,
    usual_rates,
)

ADAPTIVE = "adam"  # whose usual rates are begun with where an optimizer is not known
OTHER_NAMES = {  # that packages give the classes of our optimizers
    "sgdschedulefree": "schedule_free_sgd",
    "adamwschedulefree": "schedule_free_adamw",
    "radamschedulefree": "schedule_free_adamw",
}


def find_live_rate(
    model: object,
    optimizer: object,
    loader: object,
    loss: Callable[..., Any] | None,
    *,
    batch_loss: Callable[[Any, Any], Any] | None,
    rates: Sequence[float] | None,
    updates: int | None,
    length: int | None,
    orders: int,
) -> RangeTest:
    """The range test on live objects; the arguments are those of `lrlab.find`. All is restored, however it ends.

    Raises StudyError for what cannot be trained, and what the user's own code raises.
    """
    from ...engine import live_run

    updates, length = lengths_of(updates, length)
    checked_count("orders", orders, 2, "one cannot show its noise; leave it out for 3")
    kind, of = type(optimizer).__name__, type(model).__name__
    name = optimizer_name(kind)
    decays = any(group.get("weight_decay", 0) for group in getattr(optimizer, "param_groups", ()))
    begin = usual_rates(name or ADAPTIVE, decays) if rates is None else checked_rates(rates)
    of_torch = type(optimizer).__module__.startswith("torch.")  # others of that name may take any rate
    highest = highest_rate(name, decays) if of_torch else HIGHEST_RATE
    what = SweepSubject(of, kind, "training loss", updates, length, tuple(range(orders)), highest=highest)
    with live_run(model, optimizer, loader, loss, batch_loss, updates, orders) as run:
        untrained = run.losses_untrained()
        return sweep_rates(
            begin, lambda more: MeasuredRates({rate: run.losses_at(rate) for rate in more}, untrained), what
        )


def optimizer_name(kind: str) -> str:
    """The name under which we know a class of optimizers, torch's or a package's; "" where we do not.

    >>> optimizer_name("SGD"), optimizer_name("NAdam"), optimizer_name("AdamWScheduleFree"), optimizer_name("Rprop")
    ('sgd', 'nadamw', 'schedule_free_adamw', '')
    """
    classes = {entry.torch.rpartition(".")[2].lower(): name for name, entry in OPTIMIZERS.items()}
    known = classes | {name: name for name in OPTIMIZERS} | OTHER_NAMES
    return known.get(kind.lower(), "")
