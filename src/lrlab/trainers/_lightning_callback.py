"""A trial inside a Lightning Trainer: its schedule, its reports, its checkpoints."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from warnings import warn

import lightning  # pyright: ignore[reportMissingImports]  where it is not installed

from ..errors import LabWarning, TaskError
from ._generators import read_generators, set_generators
from ._lightning_optimizers import read_optimizers
from ._logged_values import find_final_values, find_values

if TYPE_CHECKING:
    from ..loops import Run

CHECKPOINT = "last.ckpt"


class LightningCallback(lightning.Callback):
    """What joins a Lightning Trainer to a trial: its schedule, its reports, its checkpoints.

        callback = LightningCallback(run)
        module = ...
        trainer = Trainer(max_steps=run.updates, callbacks=[callback], ...)
        trainer.fit(module, data, ckpt_path=callback.checkpoint)
        callback.finish(trainer.test(module, data)[0])

    Build it before the module: it seeds all generators by `run.seed`. It gives the module's optimizer the trial's
    schedule, stepped after each update; a scheduler that `configure_optimizers` returns is left out, and a LabWarning
    says so. It records the rate of each update, as the optimizer saw it. After each epoch it reports what the module
    logged in it: val_loss, valid_acc, val/accuracy and the like are validation_loss, validation_accuracy, ...; train_*
    likewise. A validation within an epoch stays with Lightning; of a trial that ends within an epoch,
    `trainer.validate` after the fit is reported. After each epoch it saves a checkpoint into `run.folder`, generators
    included, and stops the Trainer where `run.should_stop`; a resumed trial goes on bit for bit.

    names: what the module calls otherwise, such as {"val_top1": "validation_accuracy"}.

    Raises TaskError for a module with several optimizers or manual optimization, and for a Trainer that makes another
    number of updates than the trial asks for.
    """

    def __init__(self, run: "Run", *, names: Mapping[str, str] | None = None) -> None:
        self.run, self.names = run, dict(names or {})
        self._made = self._epoch = 0  # at the end of the last epoch
        self._validated, self._held = False, None
        self._generators: dict[str, Any] | None = None
        lightning.seed_everything(run.seed, workers=True, verbose=False)

    @property
    def checkpoint(self) -> str | None:
        """The checkpoint of the trial's last whole epoch, for `ckpt_path=`; None where it starts over."""
        file = self.run.folder / CHECKPOINT
        return str(file) if file.exists() else None

    @property
    def needs_validation(self) -> bool:
        """Whether the end of the fit was not validated, as within an epoch: `trainer.validate` is then reported."""
        return self._held is not None

    def finish(self, metrics: Mapping[str, Any]) -> None:
        """End the trial with what was measured on test data: `trainer.test(module, data)[0]`."""
        call = "callback.finish(trainer.test(module, data)[0])"
        naming = 'let test_step log it as "test_loss", "test_accuracy"'
        values = find_final_values(metrics, self.names, call=call, naming=naming)
        if self._held is not None:
            self._report(self._held)
        self.run.finish(**values)

    @property
    def state_key(self) -> str:
        """The name of its state in a checkpoint."""
        return "lrlab"

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Put the trial's schedule in the place of the module's scheduler."""
        if stage != "fit":
            return
        if not pl_module.automatic_optimization:
            raise TaskError(
                f"{type(pl_module).__name__} steps its optimizers itself (automatic_optimization is off), so its "
                f"schedule cannot be set from outside; write the loop yourself: @lrlab.trial, with run.scheduler"
            )
        configure = pl_module.configure_optimizers
        pl_module.configure_optimizers = lambda: self._configure_schedule(configure(), type(pl_module).__name__)

    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Give the module back its own `configure_optimizers`."""
        if stage == "fit":
            pl_module.__dict__.pop("configure_optimizers", None)

    def _configure_schedule(self, configured: Any, module: str) -> dict[str, Any]:
        optimizer, scheduler = read_optimizers(configured)
        if scheduler not in ("", "Scheduler"):
            warn(
                f"{scheduler} of {module}.configure_optimizers is left out: the trial's schedule, {self.run.schedule}, "
                f"drives the rate",
                LabWarning,
                stacklevel=2,
            )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": self.run.scheduler(optimizer), "interval": "step"},
        }

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Refuse a Trainer of another length."""
        planned = trainer.estimated_stepping_batches
        if planned != self.run.updates:
            raise TaskError(
                f"the Trainer makes {planned:g} updates, but the trial asks for {self.run.updates}; write "
                f"Trainer(max_steps=run.updates), without max_epochs"
            )

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Go on drawing where the checkpoint was saved: Lightning first ends that epoch again, and draws in it."""
        if self._generators is not None:
            set_generators(self._generators)
            self._generators = None

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Note a validation that ends an epoch, or report one that comes after the fit."""
        if trainer.sanity_checking:
            return
        if trainer.state.fn == "fit":
            self._validated = trainer.fit_loop.epoch_loop.batch_progress.is_last_batch
        elif self._held is not None:
            self._report(self._held | find_values(trainer.callback_metrics, "validation", self.names))

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Report the epoch, save it, and stop where the time is up."""
        made = trainer.global_step
        if made <= self._made:
            return  # Lightning ends an epoch again that a checkpoint was saved in the end of
        self._made, self._epoch = made, trainer.current_epoch + 1
        values = find_values(trainer.callback_metrics, "train", self.names)
        if self._validated:
            values |= find_values(trainer.callback_metrics, "validation", self.names)
        if self._validated or made < self.run.updates:
            self._report(values)
        else:
            self._held = values  # the run ends within an epoch: it can be validated after the fit
        self._validated = False
        self._save_checkpoint(trainer)
        trainer.should_stop = trainer.should_stop or self.run.should_stop

    def _report(self, values: dict[str, float]) -> None:
        self._held = None
        if values:
            self.run.report(epoch=self._epoch, update=self._made, **values)

    def _save_checkpoint(self, trainer: Any) -> None:
        """Save it whole, or not at all."""
        file = self.run.folder / CHECKPOINT
        part = file.with_suffix(".part")
        trainer.save_checkpoint(part, weights_only=False)
        part.replace(file)

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps: up to which update was reported, and where the generators stand."""
        return {"made": self._made, "held": self._held, "epoch": self._epoch, "generators": read_generators()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self._made, self._held, self._epoch = state_dict["made"], state_dict["held"], state_dict["epoch"]
        self._generators = state_dict["generators"]
