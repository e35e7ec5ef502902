"""The range test on live objects: the user's own model, optimizer, loader and loss."""

from collections.abc import Callable, Sequence
from typing import Any

from ..spec import OPTIMIZERS, RangeTest
from ._range_test import MeasuredRates, SweepSubject, checked_count, checked_rates, lengths_of, sweep_rates, usual_rates

ADAPTIVE = "adam"  # whose usual rates are begun with where an optimizer is not known


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
    from ..engine import live_run

    updates, length = lengths_of(updates, length)
    checked_count("orders", orders, 2, "one cannot show its noise; leave it out for 3")
    kind, of = type(optimizer).__name__, type(model).__name__
    usual = usual_rates(kind.lower() if kind.lower() in OPTIMIZERS else ADAPTIVE)
    begin = usual if rates is None else checked_rates(rates)
    what = SweepSubject(of, kind, "training loss", updates, length, tuple(range(orders)))
    with live_run(model, optimizer, loader, loss, batch_loss, updates, orders) as run:
        untrained = run.losses_untrained()
        return sweep_rates(
            begin, lambda more: MeasuredRates({rate: run.losses_at(rate) for rate in more}, untrained), what
        )
