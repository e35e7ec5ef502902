"""A real Lightning run inside a trial: schedule, reports, checkpoints, seeds; resumed bit for bit."""

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from lrlab.errors import LabWarning, TaskError
from support.fake_run import FakeRun

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have many workers:UserWarning"),
    pytest.mark.filterwarnings("ignore:.*your dataloader is not resumable:UserWarning"),
    pytest.mark.filterwarnings("ignore:.isinstance.treespec, LeafSpec.. is deprecated:FutureWarning"),
]
BARE = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)


@pytest.fixture(scope="module")
def lightning(library):
    return library("lightning")


@pytest.fixture(scope="module")
def line(lightning):
    class Line(lightning.LightningModule):
        def __init__(self, schedule=None):
            super().__init__()
            self.layers = torch.nn.Sequential(torch.nn.Dropout(0.5), torch.nn.Linear(3, 1))
            self.schedule = schedule

        def loss(self, batch):
            return ((self.layers(batch[0]) - batch[1]) ** 2).mean()

        def training_step(self, batch, index):
            loss = self.loss(batch)
            self.log("train_loss", loss, on_step=False, on_epoch=True)
            return loss

        def validation_step(self, batch, index):
            self.log("val_loss", self.loss(batch))

        def test_step(self, batch, index):
            self.log("test/loss", self.loss(batch))

        def configure_optimizers(self):
            optimizer = torch.optim.SGD(self.parameters(), lr=0.3, momentum=0.9)
            return optimizer if self.schedule is None else self.schedule(optimizer)

    return Line


def data(seed=0):
    drawn = torch.Generator().manual_seed(seed)
    return TensorDataset(torch.randn(16, 3, generator=drawn), torch.randn(16, 1, generator=drawn))


def fit(lightning, run, build, names=None, **options):
    from lrlab.trainers import LightningCallback

    callback = LightningCallback(run, names=names)
    module = build()
    trainer = lightning.Trainer(accelerator="cpu", callbacks=[callback], **BARE | {"max_steps": run.updates} | options)
    loaders = DataLoader(data(), batch_size=4, shuffle=True), DataLoader(data(1), batch_size=16)
    trainer.fit(module, *loaders, ckpt_path=callback.checkpoint)
    return callback, module, trainer


def test_a_run_has_the_trials_rates_and_reports_each_epoch(lightning, line, tmp_path):
    run = FakeRun(tmp_path, schedule="warmup(span=25%)+cosine")
    callback, module, trainer = fit(lightning, run, line)
    assert run.rates == run.planned_rates
    assert [(report["epoch"], report["update"]) for report in run.reports] == [(1, 4), (2, 8), (3, 12)]
    assert all({"train_loss", "validation_loss"} < set(report) for report in run.reports)
    assert run.reports[-1]["validation_loss"] == trainer.callback_metrics["val_loss"].item()
    callback.finish(trainer.test(module, DataLoader(data(2), batch_size=16), verbose=False)[0])
    assert run.finished == {"test_loss": trainer.callback_metrics["test/loss"].item()}


def test_the_seed_decides_all(lightning, line, tmp_path):
    runs = [FakeRun(tmp_path / str(number), seed=seed) for number, seed in enumerate((3, 3, 4))]
    for run in runs:
        run.folder.mkdir()
        torch.rand(5)
        fit(lightning, run, line)
    assert runs[0].reports == runs[1].reports
    assert runs[0].reports != runs[2].reports


@pytest.mark.parametrize("stop_after", [1, 2])
def test_a_stopped_run_resumes_bit_for_bit(lightning, line, tmp_path, stop_after):
    whole = FakeRun(tmp_path / "whole")
    whole.folder.mkdir()
    _, expected, _ = fit(lightning, whole, line)
    stopped = FakeRun(tmp_path, stop_after=stop_after)
    _, _, trainer = fit(lightning, stopped, line)
    assert trainer.global_step == 4 * stop_after
    again = FakeRun(tmp_path)
    _, module, _ = fit(lightning, again, line)
    assert stopped.reports + again.reports == whole.reports
    assert [*stopped.rates.values(), *again.rates.values()] == [*whole.rates.values()]
    assert all(torch.equal(one, other) for one, other in zip(expected.parameters(), module.parameters(), strict=True))


def test_batches_whose_gradients_are_accumulated_are_one_update(lightning, line, tmp_path):
    run = FakeRun(tmp_path, updates=6, updates_per_epoch=2)
    fit(lightning, run, line, accumulate_grad_batches=2)
    assert run.rates == run.planned_rates
    assert [report["update"] for report in run.reports] == [2, 4, 6]


def test_a_run_that_ends_within_an_epoch_is_validated_after_the_fit(lightning, line, tmp_path):
    run = FakeRun(tmp_path, updates=10)
    callback, module, trainer = fit(lightning, run, line)
    assert [report["epoch"] for report in run.reports] == [1, 2]
    assert callback.needs_validation
    trainer.validate(module, DataLoader(data(1), batch_size=16), verbose=False)
    assert not callback.needs_validation
    assert (run.reports[-1]["epoch"], run.reports[-1]["update"]) == (3, 10)
    assert {"train_loss", "validation_loss"} < set(run.reports[-1])


def test_what_was_measured_is_reported_where_it_is_not_validated(lightning, line, tmp_path):
    run = FakeRun(tmp_path, updates=10)
    callback, _, _ = fit(lightning, run, line)
    callback.finish({"test_loss": 1.0})
    assert (run.reports[-1]["epoch"], set(run.reports[-1])) == (3, {"epoch", "update", "train_loss"})


FINISHED = [
    ([{"test/loss": 1.0}], r"numbers by name, but got \[.*, a list; write callback.finish\(trainer.test\(.*\)\[0\]\)"),
    (
        {"loss": 1.0, "acc": 0.5},
        r"given loss, acc, .* let test_step log it as .*, or .*names=\{\"acc\": \"test_accuracy",
    ),
]


@pytest.mark.parametrize(("measured", "way_out"), FINISHED)
def test_what_is_not_of_test_data_by_name_is_refused(lightning, tmp_path, measured, way_out):
    from lrlab.trainers import LightningCallback

    run = FakeRun(tmp_path)
    with pytest.raises(TaskError, match=way_out):
        LightningCallback(run).finish(measured)
    assert run.finished is None


def test_a_validation_within_an_epoch_is_not_reported(lightning, line, tmp_path):
    run = FakeRun(tmp_path)
    fit(lightning, run, line, val_check_interval=2)
    assert [report["update"] for report in run.reports] == [4, 8, 12]


def test_an_epoch_without_validation_reports_no_stale_one(lightning, line, tmp_path):
    run = FakeRun(tmp_path)
    callback, _, _ = fit(lightning, run, line, check_val_every_n_epoch=2)
    callback.finish({"test_loss": 1.0})
    assert ["validation_loss" in report for report in run.reports] == [False, True, False]


def test_a_name_of_the_users_own(lightning, line, tmp_path):
    run = FakeRun(tmp_path)
    fit(lightning, run, line, names={"val_loss": "validation_error"})
    assert "validation_error" in run.reports[0]


def as_list(optimizer):
    return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, 1)]


def as_dictionary(optimizer):
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}


def as_list_of_dictionaries(optimizer):
    return [{"optimizer": optimizer, "lr_scheduler": torch.optim.lr_scheduler.StepLR(optimizer, 1)}]


@pytest.mark.parametrize("form", [as_list, as_dictionary, as_list_of_dictionaries])
def test_the_modules_own_scheduler_is_left_out_and_that_is_said(lightning, line, tmp_path, form):
    run = FakeRun(tmp_path)
    with pytest.warns(
        LabWarning, match="StepLR of Line.configure_optimizers is left out: the trial's schedule, cosine"
    ):
        fit(lightning, run, lambda: line(form))
    assert run.rates == run.planned_rates


@pytest.mark.parametrize("form", [lambda optimizer: [optimizer], lambda optimizer: {"optimizer": optimizer}])
def test_an_optimizer_alone_in_every_form(lightning, line, tmp_path, form):
    run = FakeRun(tmp_path)
    fit(lightning, run, lambda: line(form))
    assert run.rates == run.planned_rates


def test_the_module_gets_its_own_configuration_back(lightning, line, tmp_path):
    _, module, _ = fit(lightning, FakeRun(tmp_path), line)
    assert isinstance(module.configure_optimizers(), torch.optim.SGD)


@pytest.mark.parametrize("form", [lambda optimizer: [optimizer, optimizer], lambda optimizer: "sgd", lambda _: []])
def test_what_is_not_one_optimizer_is_refused(lightning, line, tmp_path, form):
    with pytest.raises(TaskError, match=r"a trial has one optimizer; return it, or write the loop yourself"):
        fit(lightning, FakeRun(tmp_path), lambda: line(form))


def test_a_module_that_steps_by_itself_is_refused(lightning, line, tmp_path):
    def build():
        module = line()
        module.automatic_optimization = False
        return module

    with pytest.raises(TaskError, match=r"automatic_optimization is off.*write the loop yourself"):
        fit(lightning, FakeRun(tmp_path), build)


@pytest.mark.parametrize("length", [{"max_steps": 8}, {"max_steps": -1, "max_epochs": 5}])
def test_a_trainer_of_another_length_is_refused(lightning, line, tmp_path, length):
    with pytest.raises(TaskError, match=r"but the trial asks for 12; write Trainer\(max_steps=run.updates\)"):
        fit(lightning, FakeRun(tmp_path), line, **length)


def test_a_rule_is_told_by_the_run(lightning, line, tmp_path):
    class Ruled(FakeRun):
        def scheduler(self, optimizer, **options):
            self.driven = super().scheduler(optimizer, **options)
            return self.driven

        def report(self, **values):
            super().report(**values)
            self.driven.step_metric(values["validation_loss"])

    run = Ruled(tmp_path, schedule="plateau(patience=0, threshold=1.0, factor=0.5)+constant")
    fit(lightning, run, line)
    assert [*run.rates.values()] == [0.1] * 8 + [0.05] * 4
