"""What a loop declares of itself."""

from collections.abc import Mapping
from typing import NamedTuple

from ..spec import Metric, SettingValue


class Declared(NamedTuple):
    """The metric that decides, the updates of an epoch, and settings with their usual values; None: not said."""

    metric: Metric | None
    updates_per_epoch: int | None
    settings: Mapping[str, SettingValue]
