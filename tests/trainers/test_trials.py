"""The ready trials: a module or a model and its data, trained as a run says; and what they refuse."""

import threading

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from lrlab.errors import TaskError
from lrlab.loops import OwnLoop
from support.fake_run import FakeRun

FILTERS = (
    "ignore:.*does not have many workers:UserWarning",
    "ignore:.*your dataloader is not resumable:UserWarning",
    "ignore:.isinstance.treespec, LeafSpec.. is deprecated:FutureWarning",
)
pytestmark = [pytest.mark.filterwarnings(words) for words in FILTERS]


@pytest.fixture(scope="module")
def lightning(library):
    return library("lightning")


@pytest.fixture(scope="module")
def line(lightning):
    class Line(lightning.LightningModule):
        def __init__(self, width=3):
            super().__init__()
            self.layer = torch.nn.Linear(width, 1)

        def loss(self, batch):
            return (self.layer(batch[0]) ** 2).mean()

        def training_step(self, batch, index):
            return self.loss(batch)

        def validation_step(self, batch, index):
            self.log("val_loss", self.loss(batch))

        def test_step(self, batch, index):
            self.log("test_loss", self.loss(batch))

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.3)

    return Line


def loaders():
    inputs = torch.randn(16, 3, generator=torch.Generator().manual_seed(0))
    return tuple(DataLoader(TensorDataset(inputs), batch_size=4) for _ in range(3))


def a_run(folder, **options):
    run = FakeRun(folder, **options)
    run.device = "cpu"
    return run


@pytest.mark.parametrize("updates", [12, 10])
def test_a_lightning_trial(lightning, line, tmp_path, updates):
    from lrlab.trainers import lightning_trial

    train = lightning_trial(line, loaders, metric="loss", updates_per_epoch=4, settings={"width": 3}, peaks=[0.1])
    assert isinstance(train, OwnLoop)
    assert (train.name, train.updates_per_epoch, train.peaks, dict(train.settings)) == ("Line", 4, (0.1,), {"width": 3})
    run = a_run(tmp_path, updates=updates)
    train(run)
    assert run.rates == run.planned_rates
    assert [report["update"] for report in run.reports] == [4, 8, updates]
    assert all("validation_loss" in report for report in run.reports)
    assert run.finished == {"test_loss": pytest.approx(run.reports[-1]["validation_loss"])}


def test_a_lightning_trial_with_a_data_module_and_settings(lightning, line, tmp_path):
    from lrlab.trainers import lightning_trial

    class Data(lightning.LightningDataModule):
        def train_dataloader(self):
            return loaders()[0]

        val_dataloader = test_dataloader = train_dataloader

    run = a_run(tmp_path)
    run.settings = {"width": 4}
    with pytest.raises(RuntimeError, match="mat1 and mat2 shapes cannot be multiplied"):
        lightning_trial(line, Data)(run)
    run.settings = {"width": 3}
    lightning_trial(line, Data, gradient_clip_val=1.0)(run)
    assert set(run.finished) == {"test_loss"}


def test_a_lightning_trial_that_is_stopped_does_not_finish(lightning, line, tmp_path):
    from lrlab.trainers import lightning_trial

    train = lightning_trial(line, loaders)
    stopped = a_run(tmp_path, stop_after=1)
    train(stopped)
    assert stopped.finished is None
    again = a_run(tmp_path)
    train(again)
    assert len(again.reports) == 2
    assert set(again.finished) == {"test_loss"}


@pytest.mark.parametrize("several", [False, True])
def test_a_lightning_trial_begins_with_callbacks_that_no_trial_has_used(lightning, line, tmp_path, several):
    from lightning.pytorch.callbacks import EarlyStopping

    from lrlab.trainers import lightning_trial

    stopping = EarlyStopping("val_loss", patience=1)
    train = lightning_trial(line, loaders, callbacks=[stopping] if several else stopping)
    runs = [a_run(tmp_path / name) for name in "ab"]
    for run in runs:
        train(run)
        assert set(run.finished) == {"test_loss"}
    assert runs[0].reports == runs[1].reports
    assert torch.isinf(stopping.best_score)


def test_a_lightning_trial_that_a_callback_ends_says_so(lightning, line, tmp_path):
    from lightning.pytorch.callbacks import EarlyStopping

    from lrlab.trainers import lightning_trial

    train = lightning_trial(line, loaders, callbacks=EarlyStopping("val_loss", patience=1, min_delta=10.0))
    run = a_run(tmp_path)
    with pytest.raises(TaskError, match=r"a callback ended the training after 8 of 12 updates, .*leave EarlyStopping"):
        train(run)
    assert run.finished is None


def test_a_lightning_trial_takes_none_for_callbacks(lightning, line, tmp_path):
    from lrlab.trainers import lightning_trial

    run = a_run(tmp_path)
    lightning_trial(line, loaders, callbacks=None)(run)
    assert set(run.finished) == {"test_loss"}


def test_a_callback_that_cannot_be_copied_is_refused(lightning, line, tmp_path):
    from lrlab.trainers import lightning_trial

    class Writer(lightning.Callback):
        def __init__(self):
            self.lock = threading.Lock()

    with pytest.raises(TaskError, match=r"Writer cannot be copied: .*lock.*; let Writer open files"):
        lightning_trial(line, loaders, callbacks=Writer())(a_run(tmp_path))


def test_what_a_lightning_trial_refuses(lightning, line, tmp_path):
    from lrlab.trainers import lightning_trial

    with pytest.raises(TaskError, match="the trial itself decides max_epochs of its Trainer; leave it out"):
        lightning_trial(line, loaders, max_epochs=5)
    with pytest.raises(TaskError, match=r"three loaders, but got DataLoader; return \(train, validation, test\)"):
        lightning_trial(line, lambda: loaders()[0])(a_run(tmp_path))


class Line(torch.nn.Module):
    """What transformers' Trainer takes: a module that gives its loss."""

    def __init__(self, width=3):
        super().__init__()
        self.layer = torch.nn.Linear(width, 1)

    def forward(self, x, labels):
        return {"loss": (self.layer(x) - labels).square().mean(), "logits": self.layer(x)}


def rows():
    inputs = torch.randn(16, 3, generator=torch.Generator().manual_seed(0))
    return tuple([{"x": row, "labels": row.sum(0, keepdim=True)} for row in inputs] for _ in range(3))


def test_a_transformers_trial(library, tmp_path):
    library("accelerate")
    library("transformers")
    from lrlab.trainers import transformers_trial

    arguments = {"per_device_train_batch_size": 4}
    train = transformers_trial(Line, rows, updates_per_epoch=4, settings={"width": 3}, arguments=arguments)
    assert (train.name, train.updates_per_epoch) == ("Line", 4)
    run = a_run(tmp_path / "whole", schedule="warmup(span=25%)+linear")
    train(run)
    assert run.rates == run.planned_rates
    assert [report["update"] for report in run.reports] == [4, 8, 12]
    assert run.finished == {"test_loss": pytest.approx(run.reports[-1]["validation_loss"])}
    stopped = a_run(tmp_path / "stopped", schedule=run.schedule, stop_after=1)
    train(stopped)
    assert stopped.finished is None
    again = a_run(tmp_path / "stopped", schedule=run.schedule)
    train(again)
    assert stopped.reports + again.reports == run.reports
    assert again.finished == run.finished


def test_a_transformers_trial_begins_with_callbacks_that_no_trial_has_used(library, tmp_path):
    library("accelerate")
    from lrlab.trainers import transformers_trial

    class Count(library("transformers").TrainerCallback):
        steps = 0

        def on_step_end(self, args, state, control, **others):
            self.steps += 1
            control.should_training_stop = self.steps > 12

    count = Count()
    for number, callbacks in enumerate([[count], (count,), count, Count, None]):
        run = a_run(tmp_path / str(number))
        transformers_trial(Line, rows, arguments={"per_device_train_batch_size": 4}, callbacks=callbacks)(run)
        assert set(run.finished) == {"test_loss"}
    assert count.steps == 0


def test_a_transformers_trial_that_a_callback_ends_says_so(library, tmp_path):
    library("accelerate")
    from lrlab.trainers import transformers_trial

    class End(library("transformers").TrainerCallback):
        def on_step_end(self, args, state, control, **others):
            control.should_training_stop = state.global_step == 5

    run = a_run(tmp_path)
    train = transformers_trial(Line, rows, arguments={"per_device_train_batch_size": 4}, callbacks=[End])
    with pytest.raises(TaskError, match=r"a callback ended the training after 5 of 12 updates, .*leave EarlyStopping"):
        train(run)
    assert run.finished is None


@pytest.mark.parametrize(("device", "index"), [("cuda:1", 1), ("cuda:0", 0), ("cuda", 0)])
def test_a_transformers_trial_trains_on_the_card_of_its_run_alone(library, tmp_path, monkeypatch, device, index):
    accelerate = library("accelerate")
    library("transformers")
    from lrlab.trainers import transformers_trial

    chosen, made = [], []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)

    def note_arguments(model, args, **others):
        made.append((args.device, args.n_gpu, args.train_batch_size, args.eval_batch_size, args.parallel_mode.value))
        raise RuntimeError("there is no card")

    monkeypatch.setattr("lrlab.trainers._transformers_trial.transformers.Trainer", note_arguments)
    run = a_run(tmp_path)
    run.device = device
    with pytest.raises(RuntimeError, match="there is no card"):
        transformers_trial(Line, rows, arguments={"per_device_train_batch_size": 4})(run)
    accelerate.state.AcceleratorState._reset_state(reset_partial_state=True)
    card = torch.device("cuda", index)
    assert chosen[-1] == card
    assert made == [(card, 1, 4, 8, "not_parallel")]


def test_what_a_transformers_trial_refuses(library, tmp_path):
    library("accelerate")
    library("transformers")
    from lrlab.trainers import transformers_trial

    with pytest.raises(TaskError, match="decides max_steps, seed of TrainingArguments; leave it out"):
        transformers_trial(Line, rows, arguments={"max_steps": 5, "seed": 1})
    with pytest.raises(TaskError, match=r"three data sets, but got dict; return \(train, validation, test\)"):
        transformers_trial(Line, dict)(a_run(tmp_path))
