"""Feedback rules: schedules that watch the run. State in, state out, for one trial or K at once. Numpy only."""

from ._base import RULES as RULES
from ._base import Drive as Drive
from ._base import Rule as Rule
from ._base import warmup_updates as warmup_updates
from ._by_cutoff import ByCutoff as ByCutoff
from ._by_epoch import ByEpoch as ByEpoch
from ._by_oscillation import ByOscillation as ByOscillation
from ._counts_epochs import counts_epochs as counts_epochs
from ._moves_momentum import moves_momentum as moves_momentum
from ._plateau import Plateau as Plateau
from ._register import own_classes as own_classes
from ._register import register as register
from ._simulate import simulate as simulate
from ._state import RuleState as RuleState
from ._text import Plan as Plan
from ._text import from_dict as from_dict
from ._text import parse as parse
from ._text import parse_rule as parse_rule

__all__ = [
    "RULES",
    "ByCutoff",
    "ByEpoch",
    "ByOscillation",
    "Drive",
    "Plan",
    "Plateau",
    "Rule",
    "RuleState",
    "counts_epochs",
    "from_dict",
    "moves_momentum",
    "own_classes",
    "parse",
    "parse_rule",
    "register",
    "simulate",
    "warmup_updates",
]
