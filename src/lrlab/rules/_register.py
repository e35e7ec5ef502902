"""How a schedule or a rule comes into the catalogue, lrlab's or the user's own."""

from collections.abc import Callable

from ..schedules import SCHEDULES, CatalogueEntry, EntryClass, add_to, is_own
from ._base import RULES, Rule


def register(name: str) -> Callable[[EntryClass], EntryClass]:
    """Put a schedule or a rule of your own in the catalogue: a decorator of its class.

    Its name then stands wherever lrlab's do: in texts, in study files, on the command line, in `Scheduler`. The class
    is a frozen dataclass that inherits from Schedule or Rule. Registered twice, as by a notebook's cell that is run
    again, the newer class takes the place of the older one. Raises ScheduleError for a name that another class has, or
    a class that text and JSON could not make again.

    >>> from dataclasses import dataclass
    >>> from lrlab.rules import parse
    >>> from lrlab.schedules import Schedule
    >>> @register("half_way")
    ... @dataclass(frozen=True, kw_only=True)
    ... class HalfWay(Schedule):
    ...     low: float = 0.5
    ...     def shape(self, t, horizon):
    ...         return 1.0 - (1.0 - self.low) * t / horizon.updates
    >>> print(parse("warmup+half-way(low=0.2)"))
    warmup+half_way(low=0.2)
    >>> SCHEDULES.remove("half_way")
    """

    def add(cls: EntryClass) -> EntryClass:
        registry = RULES if isinstance(cls, type) and issubclass(cls, Rule) else SCHEDULES
        return add_to(registry, name)(cls)

    return add


def own_classes() -> dict[str, type[CatalogueEntry]]:
    """The classes in the catalogue that are not lrlab's, by name: those that another process has to be told of.

    There, `register(name)(cls)` puts each in the catalogue again.
    """
    registered: dict[str, type[CatalogueEntry]] = {**SCHEDULES, **RULES}
    return {name: cls for name, cls in registered.items() if is_own(cls)}
