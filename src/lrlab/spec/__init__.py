"""The nouns: Trial, Study with its phases, Record, Claim, Results. Frozen; JSON and YAML round trip; content keys."""

from ._arm_text import split_arm as split_arm
from ._axis import Axis as Axis
from ._axis import AxisValue as AxisValue
from ._axis import read_axis as read_axis
from ._candidate import Candidate as Candidate
from ._chance import Chance as Chance
from ._chance import Level as Level
from ._chance import Way as Way
from ._chance import way_between as way_between
from ._confirm import Confirm as Confirm
from ._counts import counted as counted
from ._counts import duration as duration
from ._counts import spoken as spoken
from ._decays import DecayRow as DecayRow
from ._decays import DecayTest as DecayTest
from ._epochs import EPOCH_FIELDS as EPOCH_FIELDS
from ._epochs import Epoch as Epoch
from ._epochs import Epochs as Epochs
from ._epochs import epoch_columns as epoch_columns
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
from ._events import TrialsFailed as TrialsFailed
from ._events import TrialsFound as TrialsFound
from ._events import TrialsStored as TrialsStored
from ._events import Warned as Warned
from ._events import npy_bytes as npy_bytes
from ._halving import Halving as Halving
from ._halving import RungCheck as RungCheck
from ._halving import Standing as Standing
from ._halving import halving_words as halving_words
from ._halving import rung_epoch as rung_epoch
from ._insights import AnytimeCurve as AnytimeCurve
from ._insights import Arrival as Arrival
from ._insights import Expense as Expense
from ._insights import Insights as Insights
from ._insights import PeakPoint as PeakPoint
from ._insights import RankPoint as RankPoint
from ._insights import RoomBeside as RoomBeside
from ._insights import Sensitivity as Sensitivity
from ._insights import Target as Target
from ._insights import TuningCurve as TuningCurve
from ._jobs import CHECKPOINT_SECONDS as CHECKPOINT_SECONDS
from ._jobs import AnyJob as AnyJob
from ._jobs import Job as Job
from ._jobs import MeasurePace as MeasurePace
from ._jobs import Resources as Resources
from ._jobs import RunLoop as RunLoop
from ._jobs import TrainOnce as TrainOnce
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
from ._metric import KNOWN_METRICS as KNOWN_METRICS
from ._metric import Metric as Metric
from ._moved_settings import check_moved_settings as check_moved_settings
from ._moved_settings import moved_decay as moved_decay
from ._moved_settings import moved_momentum as moved_momentum
from ._noun import PROTOCOL as PROTOCOL
from ._noun import Noun as Noun
from ._noun import SettingValue as SettingValue
from ._optimizers import OPTIMIZERS as OPTIMIZERS
from ._optimizers import OptimizerKind as OptimizerKind
from ._own_classes import own_classes as own_classes
from ._own_classes import own_classes_named as own_classes_named
from ._range_test import HIGHEST_RATE as HIGHEST_RATE
from ._range_test import LOWEST_RATE as LOWEST_RATE
from ._range_test import RangeTest as RangeTest
from ._recipe import ArmPlan as ArmPlan
from ._recipe import Recipe as Recipe
from ._recipe import parts_of_arm as parts_of_arm
from ._recipe import plan_of as plan_of
from ._recipe import read_arm as read_arm
from ._recipe import read_optimizer as read_optimizer
from ._recipe import text_of_optimizer as text_of_optimizer
from ._record import OWN_LOOP as OWN_LOOP
from ._record import Evaluation as Evaluation
from ._record import Provenance as Provenance
from ._record import Record as Record
from ._record import SparseCounts as SparseCounts
from ._record import know_macros as know_macros
from ._record import metric_of as metric_of
from ._record import metric_of_groups as metric_of_groups
from ._record import planned_rates as planned_rates
from ._record import stack_counts as stack_counts
from ._record_reader import RecordReader as RecordReader
from ._results import QUARTERS as QUARTERS
from ._results import BestSet as BestSet
from ._results import Choice as Choice
from ._results import Claim as Claim
from ._results import Margin as Margin
from ._results import RateCurve as RateCurve
from ._results import Row as Row
from ._results import StudyResults as StudyResults
from ._results import asked_margin as asked_margin
from ._results import each_once as each_once
from ._results import records_by_label as records_by_label
from ._run_key import run_key as run_key
from ._search import SETTING as SETTING
from ._search import Search as Search
from ._seed_plan import MANY as MANY
from ._seed_plan import SeedPlan as SeedPlan
from ._seed_plan import SeedPlanRow as SeedPlanRow
from ._setup import Setup as Setup
from ._setup import StackPlan as StackPlan
from ._so_far import ArmSoFar as ArmSoFar
from ._so_far import LiveNotes as LiveNotes
from ._so_far import QuestionSoFar as QuestionSoFar
from ._so_far import RunningTrial as RunningTrial
from ._so_far import ScoresByEpoch as ScoresByEpoch
from ._so_far import SoFar as SoFar
from ._so_far import TrialSoFar as TrialSoFar
from ._space import OPTIMIZER_FIELDS as OPTIMIZER_FIELDS
from ._space import Space as Space
from ._space import candidate_at as candidate_at
from ._space import corners_of as corners_of
from ._space import grid_sizes as grid_sizes
from ._space import literal_words as literal_words
from ._space import plan_fields as plan_fields
from ._space import points_in as points_in
from ._space import searched_names as searched_names
from ._space import usual_peak_range as usual_peak_range
from ._study import Arm as Arm
from ._study import Study as Study
from ._suggested import complete_optimizer_fields as complete_optimizer_fields
from ._suggested import read_suggestion as read_suggestion
from ._suggested import suggestion_sentence as suggestion_sentence
from ._suggested import takes_suggestion as takes_suggestion
from ._suggested import with_suggestion as with_suggestion
from ._trainings import planned_trainings as planned_trainings
from ._trainings import seed_trainings as seed_trainings
from ._trainings import training_words as training_words
from ._trainings import tuning_trainings as tuning_trainings
from ._transfer import PLACE_AXES as PLACE_AXES
from ._transfer import Carried as Carried
from ._transfer import CarriedArm as CarriedArm
from ._transfer import CarriedPair as CarriedPair
from ._transfer import CarriedPlace as CarriedPlace
from ._transfer import PlaceAxis as PlaceAxis
from ._transfer import Transfer as Transfer
from ._transfer import TransferPlace as TransferPlace
from ._transfer import parse_places as parse_places
from ._trial import Optimizer as Optimizer
from ._trial import Precision as Precision
from ._trial import SeededTrials as SeededTrials
from ._trial import Trial as Trial
from ._trial import Watched as Watched
from ._trial import alike as alike
from ._trial import horizon_of as horizon_of
from ._trial import training_key as training_key
from ._trial import trainings_of as trainings_of
from ._tune import Tune as Tune
from ._written_ranges import cut_ranges as cut_ranges
from ._written_ranges import settled_arm as settled_arm
from ._yaml import dump_study as dump_study
from ._yaml import load_study as load_study
from ._yaml import make_optimizer as make_optimizer
from ._yaml import make_study as make_study

__all__ = [
    "CHECKPOINT_SECONDS",
    "EPOCH_FIELDS",
    "HIGHEST_RATE",
    "KNOWN_METRICS",
    "LAYOUT_KINDS",
    "LOWEST_RATE",
    "MANY",
    "ONE_BY_ONE",
    "OPTIMIZERS",
    "OPTIMIZER_FIELDS",
    "OWN_LOOP",
    "PLACE_AXES",
    "PLAIN_LOOP",
    "PROTOCOL",
    "QUARTERS",
    "SETTING",
    "AnyJob",
    "AnytimeCurve",
    "Arm",
    "ArmPlan",
    "ArmSoFar",
    "Arrival",
    "Axis",
    "AxisValue",
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
    "DecayRow",
    "DecayTest",
    "Ended",
    "Epoch",
    "EpochMeasured",
    "Epochs",
    "Evaluation",
    "Event",
    "Expense",
    "Failed",
    "Halving",
    "Insights",
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
    "LiveNotes",
    "Margin",
    "MeasurePace",
    "Metric",
    "Noun",
    "Optimizer",
    "OptimizerKind",
    "Paused",
    "PeakPoint",
    "PhaseBegun",
    "PlaceAxis",
    "Precision",
    "Provenance",
    "QuestionSoFar",
    "RangeTest",
    "RankPoint",
    "RateCurve",
    "Recipe",
    "Record",
    "RecordReader",
    "Resources",
    "RoomBeside",
    "Row",
    "RunLoop",
    "RungCheck",
    "RunningTrial",
    "Said",
    "ScoresByEpoch",
    "Search",
    "SeedPlan",
    "SeedPlanRow",
    "SeededTrials",
    "Sensitivity",
    "SetApart",
    "SettingValue",
    "Setup",
    "SoFar",
    "Space",
    "SparseCounts",
    "StackPlan",
    "Standing",
    "Study",
    "StudyBegun",
    "StudyCut",
    "StudyResults",
    "Target",
    "Timing",
    "TrainOnce",
    "TrainStack",
    "TrainTrial",
    "TrainedTrial",
    "Transfer",
    "TransferPlace",
    "Trial",
    "TrialSoFar",
    "TrialsFailed",
    "TrialsFound",
    "TrialsStored",
    "Tune",
    "TuningCurve",
    "Warned",
    "Watched",
    "Way",
    "alike",
    "asked_margin",
    "candidate_at",
    "check_moved_settings",
    "complete_optimizer_fields",
    "corners_of",
    "counted",
    "cut_ranges",
    "dump_study",
    "duration",
    "each_once",
    "epoch_columns",
    "grid_sizes",
    "halving_words",
    "horizon_of",
    "know_macros",
    "literal_words",
    "load_study",
    "make_optimizer",
    "make_study",
    "metric_of",
    "metric_of_groups",
    "moved_decay",
    "moved_momentum",
    "npy_bytes",
    "own_classes",
    "own_classes_named",
    "parse_places",
    "parts_of_arm",
    "plan_fields",
    "plan_of",
    "planned_rates",
    "planned_trainings",
    "points_in",
    "read_arm",
    "read_axis",
    "read_optimizer",
    "read_suggestion",
    "records_by_label",
    "run_key",
    "rung_epoch",
    "searched_names",
    "seed_trainings",
    "settled_arm",
    "split_arm",
    "spoken",
    "stack_counts",
    "suggestion_sentence",
    "takes_suggestion",
    "text_of_optimizer",
    "training_key",
    "training_words",
    "trainings_of",
    "tuning_trainings",
    "usual_peak_range",
    "way_between",
    "with_suggestion",
]
