"""Points of a space from Optuna's samplers, asked and told in memory; loaded only by a search."""

import hashlib
import warnings
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from ..errors import StudyError
from ..spec import Axis, AxisValue, Search, Space

WAY_OUT = 'install it with pip install "lrlab[search]", or write grid, which needs none'
Raw = dict[str, Any]  # what Optuna drew, before it is rounded


def check_sampler(search: Search) -> None:
    """Raise StudyError where what the sampler needs is not installed."""
    needed = {"grid": (), "cmaes": ("optuna", "cmaes")}.get(search.sampler, ("optuna",))
    missing = next((name for name in needed if find_spec(name) is None), None)
    if missing is not None:
        raise StudyError(f"a search by {search.sampler} needs the package {missing}, which is not here; {WAY_OUT}")


class OptunaPoints:
    """Draws points of one schedule's space, and takes their scores.

    Each round of draws has a sampler of its own, seeded from the search's seed, the label and the number of the round:
    the same scores lead to the same points on every machine, in whatever order the trials of a round ended.
    """

    def __init__(self, search: Search, space: Space, label: str) -> None:
        check_sampler(search)
        self._search, self._label, self._space, self._round = search, label, space, 0
        with _quiet_optuna() as optuna:
            self._distributions = {name: _distribution_of(axis, optuna) for name, axis in space.items()}
            self._study = optuna.create_study(direction="maximize")
            if search.sampler == "sobol":  # without a trial before it, its first ones are drawn at random
                self._study.add_trial(self._middle(optuna))

    def draw(self, count: int) -> list[Raw]:
        """So many points, in a round of their own."""
        with _quiet_optuna() as optuna:
            self._study.sampler = _make_sampler(optuna, self._search.sampler, self._seed())
            self._round += 1
            self._waiting = [self._study.ask(self._distributions) for _ in range(count)]
        return [dict(trial.params) for trial in self._waiting]

    def note(self, scores: Sequence[float]) -> None:
        """The scores of the round, in the order of its points; finite, higher is better."""
        with _quiet_optuna():
            for trial, score in zip(self._waiting, scores, strict=True):
                self._study.tell(trial, score)

    def _seed(self) -> int:
        text = f"{self._search.seed} {self._label} {self._round}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")

    def _middle(self, optuna: Any) -> Any:
        params = {name: axis.choices[0] if axis.choices else axis.low for name, axis in self._space.items()}
        params = {name: int(value) if self._space[name].whole else value for name, value in params.items()}
        return optuna.trial.create_trial(params=params, distributions=self._distributions, value=0.0)


def values_at(space: Space, raw: Mapping[str, Any]) -> dict[str, AxisValue]:
    """What was drawn as values of the fields: rounded, with their units."""
    return {name: raw[name] if axis.choices else axis.value_of(raw[name]) for name, axis in space.items()}


def _distribution_of(axis: Axis, optuna: Any) -> Any:
    kinds = optuna.distributions
    if axis.choices:
        return kinds.CategoricalDistribution(axis.choices)
    if axis.whole:
        return kinds.IntDistribution(int(axis.low), int(axis.high), log=axis.log, step=int(axis.step or 1))
    return kinds.FloatDistribution(axis.low, axis.high, log=axis.log, step=axis.step)


def _make_sampler(optuna: Any, name: str, seed: int) -> Any:
    """The sampler of that name. Where CMA-ES has no say, over one field, choices and at the start, TPE draws."""
    samplers = optuna.samplers
    tpe: Callable[[], Any] = lambda: samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True)  # noqa: E731
    makers: dict[str, Callable[[], Any]] = {
        "random": lambda: samplers.RandomSampler(seed=seed),
        "sobol": lambda: samplers.QMCSampler(qmc_type="sobol", scramble=True, seed=seed),
        "tpe": tpe,
        "cmaes": lambda: samplers.CmaEsSampler(seed=seed, independent_sampler=tpe(), warn_independent_sampling=False),
    }
    return makers[name]()


@contextmanager
def _quiet_optuna() -> Generator[Any, None, None]:
    """Optuna, whose log and warnings of what is experimental are not a user's concern; as it was, afterwards."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import optuna

        before = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        try:
            yield optuna
        finally:
            optuna.logging.set_verbosity(before)
