"""The published studies by name and scale."""

from collections.abc import Callable
from typing import get_args

from ..errors import UnknownName
from ._decay_curves import decay_curves
from ._decay_rules import decay_rules
from ._googlenet_schedules import googlenet_schedules
from ._initial_rate import initial_rate
from ._publication import Publication, PublicationScale

PUBLICATIONS: dict[str, Callable[[PublicationScale], Publication]] = {
    "googlenet-schedules": googlenet_schedules,
    "initial-rate": initial_rate,
    "decay-rules": decay_rules,
    "decay-curves": decay_curves,
}


LARGE = ("googlenet-schedules", "decay-curves")  # too much for two cores at full scale, so they have one between


def scales_of(name: str) -> tuple[PublicationScale, ...]:
    """The scales that a published study has, the smallest first."""
    return tuple(scale for scale in get_args(PublicationScale) if scale != "standard" or _plain_name(name) in LARGE)


def is_published(name: str) -> bool:
    """Whether that is the name of a published study."""
    return _plain_name(name) in PUBLICATIONS


def find_publication(name: str, scale: str) -> Publication:
    """The published study of that name at that scale; `-` and `_` are alike. Raises UnknownName for either."""
    known = _plain_name(name)
    if known not in PUBLICATIONS:
        raise UnknownName("published study", name, PUBLICATIONS)
    for known_scale in scales_of(known):
        if known_scale == scale.strip().lower():
            return PUBLICATIONS[known](known_scale)
    raise UnknownName(f"scale of {known}", scale, scales_of(known))


def _plain_name(name: str) -> str:
    return name.strip().lower().replace("_", "-")
