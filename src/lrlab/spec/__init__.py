"""The nouns: Trial, Study with its phases, Record, Claim, Results. Frozen; JSON and YAML round trip; content keys."""

from ._chance import Chance as Chance
from ._chance import Level as Level
from ._chance import Way as Way
from ._chance import way_between as way_between
from ._confirm import Confirm as Confirm
from ._counts import counted as counted
from ._counts import duration as duration
from ._counts import spoken as spoken
from ._events import Begun as Begun
from ._events import Checkpointed as Checkpointed
from ._events import Ended as Ended
from ._events import EpochMeasured as EpochMeasured
from ._events import Event as Event
from ._events import Failed as Failed
from ._events import JobEvent as JobEvent
from ._events import Listener as Listener
from ._events import Paused as Paused
from ._events import PhaseBegun as PhaseBegun
from ._events import Said as Said
from ._events import SetApart as SetApart
from ._events import StudyBegun as StudyBegun
from ._events import StudyCut as StudyCut
from ._events import Timing as Timing
from ._events import TrainedTrial as TrainedTrial
from ._events import TrialsStored as TrialsStored
from ._events import Warned as Warned
from ._events import npy_bytes as npy_bytes
from ._jobs import CHECKPOINT_SECONDS as CHECKPOINT_SECONDS
from ._jobs import AnyJob as AnyJob
from ._jobs import Job as Job
from ._jobs import MeasurePace as MeasurePace
from ._jobs import Resources as Resources
from ._jobs import RunLoop as RunLoop
from ._jobs import TrainStack as TrainStack
from ._jobs import TrainTrial as TrainTrial
from ._judgement import JudgedArm as JudgedArm
from ._judgement import JudgedCurve as JudgedCurve
from ._judgement import JudgedPair as JudgedPair
from ._judgement import Judgement as Judgement
from ._layouts import LAYOUT_KINDS as LAYOUT_KINDS
from ._layouts import ONE_BY_ONE as ONE_BY_ONE
from ._layouts import PLAIN_LOOP as PLAIN_LOOP
from ._layouts import LayoutKind as LayoutKind
from ._layouts import LayoutName as LayoutName
from ._noun import PROTOCOL as PROTOCOL
from ._noun import Noun as Noun
from ._noun import SettingValue as SettingValue
from ._optimizers import OPTIMIZERS as OPTIMIZERS
from ._optimizers import OptimizerKind as OptimizerKind
from ._range_test import HIGHEST_RATE as HIGHEST_RATE
from ._range_test import LOWEST_RATE as LOWEST_RATE
from ._range_test import RangeTest as RangeTest
from ._record import OWN_LOOP as OWN_LOOP
from ._record import Epoch as Epoch
from ._record import Evaluation as Evaluation
from ._record import Metric as Metric
from ._record import Provenance as Provenance
from ._record import Record as Record
from ._record import SparseCounts as SparseCounts
from ._results import BestSet as BestSet
from ._results import Choice as Choice
from ._results import Claim as Claim
from ._results import Margin as Margin
from ._results import RateCurve as RateCurve
from ._results import Row as Row
from ._results import StudyResults as StudyResults
from ._results import records_by_label as records_by_label
from ._seed_plan import MANY as MANY
from ._seed_plan import SeedPlan as SeedPlan
from ._seed_plan import SeedPlanRow as SeedPlanRow
from ._setup import Setup as Setup
from ._setup import StackPlan as StackPlan
from ._study import Arm as Arm
from ._study import Candidate as Candidate
from ._study import Study as Study
from ._transfer import AXES as AXES
from ._transfer import Axis as Axis
from ._transfer import Carried as Carried
from ._transfer import CarriedArm as CarriedArm
from ._transfer import CarriedPair as CarriedPair
from ._transfer import CarriedPlace as CarriedPlace
from ._transfer import Place as Place
from ._transfer import Transfer as Transfer
from ._transfer import parse_places as parse_places
from ._trial import Optimizer as Optimizer
from ._trial import Precision as Precision
from ._trial import Trial as Trial
from ._trial import Watched as Watched
from ._trial import alike as alike
from ._trial import horizon_of as horizon_of
from ._tune import Tune as Tune
from ._yaml import dump_study as dump_study
from ._yaml import load_study as load_study
from ._yaml import make_optimizer as make_optimizer
from ._yaml import make_study as make_study

__all__ = [
    "AXES",
    "CHECKPOINT_SECONDS",
    "HIGHEST_RATE",
    "LAYOUT_KINDS",
    "LOWEST_RATE",
    "MANY",
    "ONE_BY_ONE",
    "OPTIMIZERS",
    "OWN_LOOP",
    "PLAIN_LOOP",
    "PROTOCOL",
    "AnyJob",
    "Arm",
    "Axis",
    "Begun",
    "BestSet",
    "Candidate",
    "Carried",
    "CarriedArm",
    "CarriedPair",
    "CarriedPlace",
    "Chance",
    "Checkpointed",
    "Choice",
    "Claim",
    "Confirm",
    "Ended",
    "Epoch",
    "EpochMeasured",
    "Evaluation",
    "Event",
    "Failed",
    "Job",
    "JobEvent",
    "JudgedArm",
    "JudgedCurve",
    "JudgedPair",
    "Judgement",
    "LayoutKind",
    "LayoutName",
    "Level",
    "Listener",
    "Margin",
    "MeasurePace",
    "Metric",
    "Noun",
    "Optimizer",
    "OptimizerKind",
    "Paused",
    "PhaseBegun",
    "Place",
    "Precision",
    "Provenance",
    "RangeTest",
    "RateCurve",
    "Record",
    "Resources",
    "Row",
    "RunLoop",
    "Said",
    "SeedPlan",
    "SeedPlanRow",
    "SetApart",
    "SettingValue",
    "Setup",
    "SparseCounts",
    "StackPlan",
    "Study",
    "StudyBegun",
    "StudyCut",
    "StudyResults",
    "Timing",
    "TrainStack",
    "TrainTrial",
    "TrainedTrial",
    "Transfer",
    "Trial",
    "TrialsStored",
    "Tune",
    "Warned",
    "Watched",
    "Way",
    "alike",
    "counted",
    "dump_study",
    "duration",
    "horizon_of",
    "load_study",
    "make_optimizer",
    "make_study",
    "npy_bytes",
    "parse_places",
    "records_by_label",
    "spoken",
    "way_between",
]
