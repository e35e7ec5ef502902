"""A workshop for tests: this process trains, and nobody listens, unless the test says otherwise."""

from lrlab.execution import Executor, Inline
from lrlab.lab import Engine, Workshop
from lrlab.spec import Listener
from lrlab.store import Store


def workshop(
    store: Store,
    executor: Executor | None = None,
    listen: Listener = lambda _: None,
    engine: Engine = "auto",
    device: str = "cpu",
    until: float | None = None,
) -> Workshop:
    """A workshop around a store."""
    return Workshop(store, executor or Inline(), listen, engine, device, until)
