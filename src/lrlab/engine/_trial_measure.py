"""The looks at a trial of the plain loop: at an epoch's end, and the last one with the weights it is of."""

from torch import Tensor

from ..tasks import Split
from ._evaluation import EpochEvaluation, FinalEvaluation, evaluate_epoch
from ._evaluation_weights import EvaluationWeights
from ._measure import Measured, evaluate
from ._randomness import initial_model
from ._trial_run import TrialRun


def measure_epoch(run: TrialRun, epoch: int) -> EpochEvaluation:
    """What is due at the epoch's end."""
    last = run.t == run.horizon.updates
    with run.evaluating.running(), run.at_evaluation() as weights:
        (evaluation,) = evaluate_epoch(
            [run.trial], run.task, epoch, last, lambda split: [_measure_split(run, weights, split)]
        )
    return evaluation


def measure_final(run: TrialRun, diverged: bool) -> tuple[FinalEvaluation, dict[str, Tensor]]:
    """The last evaluation, and copies of the weights it is of; of a trial that diverged, of those it ended with.

    A diverged trial has learned nothing: its untrained weights are scored.
    """
    with run.evaluating.running(), run.at_evaluation() as weights:
        if diverged:
            model = initial_model(run.task.model, run.trial.seed).to(run.device, run.dtype)
            final = FinalEvaluation.of(run.task, lambda split: evaluate(model, run.task, split, run.trial.precision))
        else:
            final = FinalEvaluation.of(run.task, lambda split: _measure_split(run, weights, split))
        return final, {name: tensor.detach().clone() for name, tensor in run.model.state_dict().items()}


def _measure_split(run: TrialRun, weights: EvaluationWeights, split: Split) -> Measured:
    weights.place()
    return evaluate(run.model, run.task, split, run.trial.precision)
