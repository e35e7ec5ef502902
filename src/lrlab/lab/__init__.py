"""The laboratory: runs studies and answers them. Importing it loads no torch; opening a task does."""

from ._abandoned import abandoned_files as abandoned_files
from ._abandoned import abandoned_trials as abandoned_trials
from ._answer import rate_curves as rate_curves
from ._batch import BEYOND as BEYOND
from ._beyond import insights_of as insights_of
from ._calibrate import Engine as Engine
from ._calibrate import pace_now as pace_now
from ._changed import changed_sentence as changed_sentence
from ._compare import claim_of as claim_of
from ._compare import learners as learners
from ._compare import worst_for_diverged as worst_for_diverged
from ._comparison_study import ConfirmFields as ConfirmFields
from ._comparison_study import SearchFields as SearchFields
from ._comparison_study import StudyFields as StudyFields
from ._comparison_study import TuneFields as TuneFields
from ._comparison_study import comparison_study as comparison_study
from ._decays import DecayPlan as DecayPlan
from ._decays import compare_decays as compare_decays
from ._examples import as_array as as_array
from ._family import questions as questions
from ._finished import finished_task as finished_task
from ._margin import with_margin as with_margin
from ._phases import Outcome as Outcome
from ._pilot import pilot_study as pilot_study
from ._plan import Cost as Cost
from ._plan import Wanted as Wanted
from ._plan import plan_seeds as plan_seeds
from ._prepare import PRELOAD as PRELOAD
from ._prepare import OpenedTask as OpenedTask
from ._prepare import Prepared as Prepared
from ._prepare import check_device as check_device
from ._prepare import crew_of as crew_of
from ._prepare import open_task as open_task
from ._prepare import prepare as prepare
from ._prepare import say_if_late as say_if_late
from ._prepare import seconds_of as seconds_of
from ._prepare import seen_devices as seen_devices
from ._prepare import sent_away as sent_away
from ._prepare import setup_of as setup_of
from ._prepare import workload_of as workload_of
from ._range import MeasuredRates as MeasuredRates
from ._range import RangePlan as RangePlan
from ._range import SweepSubject as SweepSubject
from ._range import checked_rates as checked_rates
from ._range import find_live_rate as find_live_rate
from ._range import find_rate as find_rate
from ._range import lengths_of as lengths_of
from ._range import sweep_rates as sweep_rates
from ._range import usual_rates as usual_rates
from ._remember import machine_kind as machine_kind
from ._requests import budget_of_request as budget_of_request
from ._requests import budget_request as budget_request
from ._requests import seeds_request as seeds_request
from ._requests import transfer_request as transfer_request
from ._retry import Progress as Progress
from ._retry import failed_trials as failed_trials
from ._retry import progress as progress
from ._run import outcome_of as outcome_of
from ._run import run_phases as run_phases
from ._run import run_study as run_study
from ._run import stored_records as stored_records
from ._run import stored_results as stored_results
from ._second_look import answered_before as answered_before
from ._second_look import unplanned_answer as unplanned_answer
from ._seeds import reach_of_study as reach_of_study
from ._seeds import seed_words as seed_words
from ._seeds import usual_seed_words as usual_seed_words
from ._seeds import with_seeds as with_seeds
from ._seeds import with_usual_seeds as with_usual_seeds
from ._short_tuning import short_tuning_words as short_tuning_words
from ._so_far import so_far as so_far
from ._spread import Spread as Spread
from ._spread import given_spread as given_spread
from ._spread import spread_of_study as spread_of_study
from ._spread import spread_of_values as spread_of_values
from ._stacking import Crew as Crew
from ._stacking import leftovers as leftovers
from ._stacking import remove_files as remove_files
from ._stacking import tidy as tidy
from ._studies import STUDIES as STUDIES
from ._studies import find_study as find_study
from ._studyless import studyless_keys as studyless_keys
from ._transfer import budget_at as budget_at
from ._transfer import carried_claims as carried_claims
from ._transfer import carried_place as carried_place
from ._transfer import check_other as check_other
from ._transfer import check_places as check_places
from ._transfer import fewest_seeds as fewest_seeds
from ._transfer import remember_last as remember_last
from ._transfer import stored_transfer as stored_transfer
from ._transfer import study_at as study_at
from ._tuning import race as race
from ._tuning import tuning_trials as tuning_trials
from ._usual_ranges import usual_space as usual_space
from ._verifying import LoopCheck as LoopCheck
from ._verifying import Verified as Verified
from ._verifying import check_loop as check_loop
from ._verifying import run_loop_trials as run_loop_trials
from ._verifying import verify_task as verify_task
from ._versions import Older as Older
from ._versions import kept_version as kept_version
from ._versions import older_version as older_version
from ._within import Budget as Budget
from ._within import Keeper as Keeper
from ._within import asked_before as asked_before
from ._within import comparison_before as comparison_before
from ._within import fit_budget as fit_budget
from ._within import fit_length as fit_length
from ._within import fit_seeds as fit_seeds
from ._within import loop_keeper as loop_keeper
from ._workshop import Workshop as Workshop

__all__ = [
    "BEYOND",
    "PRELOAD",
    "STUDIES",
    "Budget",
    "ConfirmFields",
    "Cost",
    "Crew",
    "DecayPlan",
    "Engine",
    "Keeper",
    "LoopCheck",
    "MeasuredRates",
    "Older",
    "OpenedTask",
    "Outcome",
    "Prepared",
    "Progress",
    "RangePlan",
    "SearchFields",
    "Spread",
    "StudyFields",
    "SweepSubject",
    "TuneFields",
    "Verified",
    "Wanted",
    "Workshop",
    "abandoned_files",
    "abandoned_trials",
    "answered_before",
    "as_array",
    "asked_before",
    "budget_at",
    "budget_of_request",
    "budget_request",
    "carried_claims",
    "carried_place",
    "changed_sentence",
    "check_device",
    "check_loop",
    "check_other",
    "check_places",
    "checked_rates",
    "claim_of",
    "compare_decays",
    "comparison_before",
    "comparison_study",
    "crew_of",
    "failed_trials",
    "fewest_seeds",
    "find_live_rate",
    "find_rate",
    "find_study",
    "finished_task",
    "fit_budget",
    "fit_length",
    "fit_seeds",
    "given_spread",
    "insights_of",
    "kept_version",
    "learners",
    "leftovers",
    "lengths_of",
    "loop_keeper",
    "machine_kind",
    "older_version",
    "open_task",
    "outcome_of",
    "pace_now",
    "pilot_study",
    "plan_seeds",
    "prepare",
    "progress",
    "questions",
    "race",
    "rate_curves",
    "reach_of_study",
    "remember_last",
    "remove_files",
    "run_loop_trials",
    "run_phases",
    "run_study",
    "say_if_late",
    "seconds_of",
    "seed_words",
    "seeds_request",
    "seen_devices",
    "sent_away",
    "setup_of",
    "short_tuning_words",
    "so_far",
    "spread_of_study",
    "spread_of_values",
    "stored_records",
    "stored_results",
    "stored_transfer",
    "study_at",
    "studyless_keys",
    "sweep_rates",
    "tidy",
    "transfer_request",
    "tuning_trials",
    "unplanned_answer",
    "usual_rates",
    "usual_seed_words",
    "usual_space",
    "verify_task",
    "with_margin",
    "with_seeds",
    "with_usual_seeds",
    "workload_of",
    "worst_for_diverged",
]
