"""Trials of tuning as an Optuna study, for its dashboard: settings, and the value that tuning goes by."""

from pathlib import Path
from typing import Any

from ..spec import HIGHEST_RATE, LOWEST_RATE, Axis, Record
from ._trial_run import TrackedTrial

SCHEDULES = "schedules"  # an attribute of the study


class OptunaSink:
    """Writes to a file of SQLite. It is a copy: no search looks at it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._optuna: Any = None
        self._storage: Any = None
        self._studies: dict[str, Any] = {}

    def open(self) -> None:
        """Load Optuna, and make the file where there is none."""
        import optuna

        self._optuna = optuna
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._storage = optuna.storages.RDBStorage(f"sqlite:///{self._file}")

    def write(self, run: TrackedTrial) -> None:
        """Write a trial of a tuning phase; nothing of one that failed before any ended."""
        if run.record is None and run.study.name not in self._studies:
            return
        by_loss = run.record is not None and goes_by_loss(run, run.record)
        study = self._studies[run.study.name] if run.record is None else self._find_study(run, run.record, by_loss)
        value, states = _value_of(run.record, by_loss), self._optuna.trial.TrialState
        params, kinds = self._params_of(run)
        trial = self._optuna.trial.create_trial(
            state=states.FAIL if value is None else states.COMPLETE,
            value=value,
            params=params,
            distributions=kinds,
            user_attrs={**run.config, **({"why": run.message} if run.message else {})},
            intermediate_values=_values_on_the_way(run.record, by_loss),
        )
        study.add_trial(trial)

    def close(self) -> str:
        """Nothing is held back."""
        return f"optuna-dashboard sqlite:///{self._file} shows them"

    def _find_study(self, run: TrackedTrial, record: Record, by_loss: bool) -> Any:
        """The Optuna study of a study; a numbered one where its schedules, or what it goes by, were others before."""
        if run.study.name in self._studies:
            return self._studies[run.study.name]
        lower = by_loss or not record.metric.higher_is_better
        asked = {SCHEDULES: list(run.study.labels), "direction": "minimize" if lower else "maximize"}
        known, name, number = self._optuna.get_all_study_names(self._storage), run.study.name, 1
        while name in known and self._optuna.load_study(study_name=name, storage=self._storage).user_attrs != asked:
            number += 1
            name = f"{run.study.name} {number}"
        study = self._optuna.create_study(
            study_name=name, storage=self._storage, direction=asked["direction"], load_if_exists=True
        )
        for attribute, told in asked.items():
            study.set_user_attr(attribute, told)
        self._studies[run.study.name] = study
        return study

    def _params_of(self, run: TrackedTrial) -> tuple[dict[str, Any], dict[str, Any]]:
        """What is chosen among and searched, with the kind of each, which is the same for all trials of the study."""
        kinds, labels, config = self._optuna.distributions, list(run.study.labels), run.config
        params: dict[str, Any] = {"schedule": run.arm, "peak": run.trial.peak}
        told: dict[str, Any] = {
            "schedule": kinds.CategoricalDistribution(labels if run.arm in labels else [*labels, run.arm]),
            "peak": kinds.FloatDistribution(LOWEST_RATE, HIGHEST_RATE, log=True),
        }
        space = run.study.space_of(run.arm) if run.study.tune.search and run.arm in labels else {}
        for name, axis in space.items():
            if name in config and name != "peak":
                params[name], told[name] = _number_on(axis, config[name]), self._distribution_of(axis)
        return params, told

    def _distribution_of(self, axis: Axis) -> Any:
        kinds = self._optuna.distributions
        if axis.choices:
            return kinds.CategoricalDistribution(axis.choices)
        return kinds.FloatDistribution(axis.low, axis.high, log=axis.log)


def _number_on(axis: Axis, value: Any) -> Any:
    """A value of a field as a number without its unit; a choice as it is."""
    if axis.choices:
        return value
    return float(value.removesuffix(axis.unit)) if isinstance(value, str) else float(value)


def goes_by_loss(run: TrackedTrial, record: Record) -> bool:
    """Whether tuning goes by the loss: as the study says, or of a share that was measured with its loss."""
    if run.study.tune.choose != "auto":
        return run.study.tune.choose == "loss"
    return record.metric.in_percent and record.validation is not None and record.validation.loss is not None


def _value_of(record: Record | None, by_loss: bool) -> float | None:
    """What tuning goes by; None of a trial that failed or diverged."""
    if record is None or record.diverged or record.validation is None:
        return None
    return record.validation.loss if by_loss else record.validation.score


def _values_on_the_way(record: Record | None, by_loss: bool) -> dict[int, float]:
    """It after each epoch that was validated."""
    epochs = () if record is None else record.epochs
    values = {
        number: epoch.validation_loss if by_loss else epoch.validation_score for number, epoch in enumerate(epochs, 1)
    }
    return {number: value for number, value in values.items() if value is not None}
