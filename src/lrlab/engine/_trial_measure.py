"""The looks at a trial of the plain loop: at an epoch's end, and the last one with the weights it is of."""

from functools import partial

from torch import Tensor

from ..spec import Trial
from ..tasks import Split, Task
from ._evaluation import EpochEvaluation, FinalEvaluation, Fitted, evaluate_epoch
from ._evaluation_weights import EvaluationWeights
from ._measure import Measured, evaluate
from ._precision import dtype_of
from ._randomness import initial_model
from ._trial_run import TrialRun


def measure_epoch(run: TrialRun, epoch: int) -> EpochEvaluation:
    """What is due at the epoch's end."""
    last = run.t == run.horizon.updates
    with run.evaluating.running(), run.at_evaluation() as weights:
        (evaluation,) = evaluate_epoch([run.trial], run.task, epoch, last, partial(_measure_split, run, weights))
    return evaluation


def measure_final(run: TrialRun, diverged: bool) -> tuple[FinalEvaluation, dict[str, Tensor]]:
    """The last evaluation, and copies of the weights it is of; of a trial that diverged, of those it ended with.

    A diverged trial has learned nothing: its untrained weights are scored.
    """
    with run.evaluating.running(), run.at_evaluation() as weights:
        if diverged:
            final = measure_untrained(run.trial, run.task)
        else:
            (final,) = FinalEvaluation.of(run.task, [run.trial], partial(_measure_split, run, weights))
        return final, {name: tensor.detach().clone() for name, tensor in run.model.state_dict().items()}


def measure_untrained(trial: Trial, task: Task) -> FinalEvaluation:
    """The last evaluation of a trial's initial weights."""
    model = initial_model(task.model, trial.seed).to(task.device, dtype_of(trial.precision))

    def measure(split: Split, fitted: Fitted, keep: bool) -> list[Measured]:
        return [evaluate(model, task, split, trial.precision, fitted[0], keep)]

    (final,) = FinalEvaluation.of(task, [trial], measure)
    return final


def _measure_split(
    run: TrialRun, weights: EvaluationWeights, split: Split, fitted: Fitted, keep: bool
) -> list[Measured]:
    weights.place()
    return [evaluate(run.model, run.task, split, run.trial.precision, fitted[0], keep)]
