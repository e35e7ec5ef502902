"""Statistics: intervals, paired comparisons, what a design can see, classification metrics, epochs to a target.

Arrays in, numbers out; randomness comes from the generator passed in. Importing this room loads numpy only: scipy is
loaded by the first call that needs it.
"""

from ._band import Band as Band
from ._band import band as band
from ._best_set import best_set as best_set
from ._checks import LARGEST as LARGEST
from ._checks import spread as spread
from ._checks import subtract as subtract
from ._classification import Averages as Averages
from ._classification import ClassCounts as ClassCounts
from ._classification import ClassScores as ClassScores
from ._classification import class_counts as class_counts
from ._classification import class_counts_of_cells as class_counts_of_cells
from ._classification import classification as classification
from ._classification import confusion_cells as confusion_cells
from ._classification import confusion_counts as confusion_counts
from ._classification import macro_averages as macro_averages
from ._crossed import crossed_interval as crossed_interval
from ._decided import pairs_to_decide as pairs_to_decide
from ._decided import power_of_design as power_of_design
from ._decided import smallest_decided_difference as smallest_decided_difference
from ._design import seeds_needed as seeds_needed
from ._design_within import fewest_pairs_within as fewest_pairs_within
from ._design_within import seeds_needed_within as seeds_needed_within
from ._draws import Draws as Draws
from ._draws import generator as generator
from ._e_process import unplanned_p as unplanned_p
from ._epochs import best_epoch as best_epoch
from ._epochs import convergence as convergence
from ._epochs import epochs_to as epochs_to
from ._epochs import settled as settled
from ._epochs import stability as stability
from ._equivalence import equivalence_p as equivalence_p
from ._failures import failure_bound as failure_bound
from ._failures import fallen_behind as fallen_behind
from ._flip_interval import flip_interval as flip_interval
from ._flip_interval import mean_interval as mean_interval
from ._flip_interval import t_interval as t_interval
from ._interval import Interval as Interval
from ._judge import Verdict as Verdict
from ._judge import holm as holm
from ._judge import judge as judge
from ._kendall import kendall_tau as kendall_tau
from ._max_t import critical_t as critical_t
from ._max_t import max_t as max_t
from ._paired import PairedDifference as PairedDifference
from ._paired import paired as paired
from ._peak_room import PeakRoom as PeakRoom
from ._peak_room import PeakSide as PeakSide
from ._peak_room import peak_room as peak_room
from ._performance_profile import FARTHEST as FARTHEST
from ._performance_profile import PerformanceProfile as PerformanceProfile
from ._performance_profile import performance_profile as performance_profile
from ._power import fewest_pairs as fewest_pairs
from ._power import most_comparisons as most_comparisons
from ._power import smallest_p as smallest_p
from ._power import smallest_visible_difference as smallest_visible_difference
from ._range_test import RangeAnswer as RangeAnswer
from ._range_test import range_test as range_test
from ._reach import Reach as Reach
from ._reach import enough_pairs as enough_pairs
from ._reach import reach_of as reach_of
from ._rounded import rounded_step as rounded_step
from ._runs_needed import runs_needed_unpaired as runs_needed_unpaired
from ._sequential import LookVerdict as LookVerdict
from ._sequential import interval_of_claim as interval_of_claim
from ._sequential import judge_look as judge_look
from ._sequential import repeated_interval as repeated_interval
from ._sequential import sequential_p as sequential_p
from ._shuffle import smallest_shuffle_p as smallest_shuffle_p
from ._sign_flip import one_sided_flip_p as one_sided_flip_p
from ._sign_flip import sign_flip_p as sign_flip_p
from ._spending import LAST_LOOK as LAST_LOOK
from ._spending import check_looks as check_looks
from ._spending import first_look as first_look
from ._spending import spent_shares as spent_shares
from ._spending import usual_looks as usual_looks
from ._tuning_curve import MOST_VALUES as MOST_VALUES
from ._tuning_curve import TuningBand as TuningBand
from ._tuning_curve import order_bounds as order_bounds
from ._tuning_curve import order_probability as order_probability
from ._tuning_curve import tuning_band as tuning_band
from ._unpaired import UnpairedDifference as UnpairedDifference
from ._unpaired import fewest_unpaired as fewest_unpaired
from ._unpaired import smallest_unpaired_p as smallest_unpaired_p
from ._unpaired import smallest_visible_unpaired as smallest_visible_unpaired
from ._unpaired import unpaired as unpaired
from ._worst import fill_with_worst as fill_with_worst

__all__ = [
    "FARTHEST",
    "LARGEST",
    "LAST_LOOK",
    "MOST_VALUES",
    "Averages",
    "Band",
    "ClassCounts",
    "ClassScores",
    "Draws",
    "Interval",
    "LookVerdict",
    "PairedDifference",
    "PeakRoom",
    "PeakSide",
    "PerformanceProfile",
    "RangeAnswer",
    "Reach",
    "TuningBand",
    "UnpairedDifference",
    "Verdict",
    "band",
    "best_epoch",
    "best_set",
    "check_looks",
    "class_counts",
    "class_counts_of_cells",
    "classification",
    "confusion_cells",
    "confusion_counts",
    "convergence",
    "critical_t",
    "crossed_interval",
    "enough_pairs",
    "epochs_to",
    "equivalence_p",
    "failure_bound",
    "fallen_behind",
    "fewest_pairs",
    "fewest_pairs_within",
    "fewest_unpaired",
    "fill_with_worst",
    "first_look",
    "flip_interval",
    "generator",
    "holm",
    "interval_of_claim",
    "judge",
    "judge_look",
    "kendall_tau",
    "macro_averages",
    "max_t",
    "mean_interval",
    "most_comparisons",
    "one_sided_flip_p",
    "order_bounds",
    "order_probability",
    "paired",
    "pairs_to_decide",
    "peak_room",
    "performance_profile",
    "power_of_design",
    "range_test",
    "reach_of",
    "repeated_interval",
    "rounded_step",
    "runs_needed_unpaired",
    "seeds_needed",
    "seeds_needed_within",
    "sequential_p",
    "settled",
    "sign_flip_p",
    "smallest_decided_difference",
    "smallest_p",
    "smallest_shuffle_p",
    "smallest_unpaired_p",
    "smallest_visible_difference",
    "smallest_visible_unpaired",
    "spent_shares",
    "spread",
    "stability",
    "subtract",
    "t_interval",
    "tuning_band",
    "unpaired",
    "unplanned_p",
    "usual_looks",
]
