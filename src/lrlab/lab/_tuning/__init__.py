"""The tuning phase: peaks and points tried and chosen, races stopped early, rivals of what was chosen."""

from ._choices import way_of as way_of
from ._halving import race as race
from ._halving import words_of_whole as words_of_whole
from ._phase_trials import confirm_trials_of as confirm_trials_of
from ._phase_trials import tuning_trials as tuning_trials
from ._rival_trials import confirm_rivals as confirm_rivals
from ._search_fit import fit_search as fit_search
from ._search_fit import sample_of_search as sample_of_search
from ._search_fit import settings_of_search as settings_of_search
from ._search_fit import with_search as with_search
from ._search_phase import tune_by_search as tune_by_search
from ._tune import Chosen as Chosen
from ._tune import tune_arms as tune_arms
from ._tune import tune_peaks as tune_peaks

__all__ = [
    "Chosen",
    "confirm_rivals",
    "confirm_trials_of",
    "fit_search",
    "race",
    "sample_of_search",
    "settings_of_search",
    "tune_arms",
    "tune_by_search",
    "tune_peaks",
    "tuning_trials",
    "way_of",
    "with_search",
    "words_of_whole",
]
