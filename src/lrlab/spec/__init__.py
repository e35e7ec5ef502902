"""The nouns: Trial, Study with its phases, Record, Claim, Results. Frozen; JSON and YAML round trip; content keys."""

from ._noun import PROTOCOL as PROTOCOL
from ._noun import Noun as Noun
from ._record import Epoch as Epoch
from ._record import Evaluation as Evaluation
from ._record import Metric as Metric
from ._record import Provenance as Provenance
from ._record import Record as Record
from ._results import Choice as Choice
from ._results import Claim as Claim
from ._results import RateCurve as RateCurve
from ._results import Results as Results
from ._results import Row as Row
from ._setup import Layout as Layout
from ._setup import Setup as Setup
from ._setup import StackPlan as StackPlan
from ._study import Confirm as Confirm
from ._study import Study as Study
from ._study import Tune as Tune
from ._trial import Optimizer as Optimizer
from ._trial import Precision as Precision
from ._trial import Trial as Trial
from ._trial import alike as alike
from ._trial import horizon_of as horizon_of
from ._yaml import dump_study as dump_study
from ._yaml import load_study as load_study
from ._yaml import make_optimizer as make_optimizer
from ._yaml import make_study as make_study

__all__ = [
    "PROTOCOL",
    "Choice",
    "Claim",
    "Confirm",
    "Epoch",
    "Evaluation",
    "Layout",
    "Metric",
    "Noun",
    "Optimizer",
    "Precision",
    "Provenance",
    "RateCurve",
    "Record",
    "Results",
    "Row",
    "Setup",
    "StackPlan",
    "Study",
    "Trial",
    "Tune",
    "alike",
    "dump_study",
    "horizon_of",
    "load_study",
    "make_optimizer",
    "make_study",
]
