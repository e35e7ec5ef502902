"""A real Lightning run takes the scheduler as it is, and resumes it from a checkpoint."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from lrlab.adapters import Scheduler
from lrlab.rules import parse_rule, simulate
from lrlab.schedules import Horizon, parse

UPDATES = 12
CURVE = "warmup(span=25%)+cosine"
RATES = parse(CURVE).bind(peak=0.1, horizon=Horizon(updates=UPDATES, updates_per_epoch=4)).all().tolist()


@pytest.fixture(scope="module")
def lightning(library):
    return library("lightning")


def module(lightning, interval="step", schedule=CURVE):
    class Line(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(3, 1)
            self.used, self.seen = [], []

        def training_step(self, batch, index):
            return ((self.layer(batch[0]) - batch[1]) ** 2).mean()

        def on_before_optimizer_step(self, optimizer):
            self.used.append(optimizer.param_groups[0]["lr"])

        def configure_optimizers(self):
            optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
            scheduler = Scheduler(optimizer, schedule, updates=UPDATES, updates_per_epoch=4)
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": interval}}

    class Watched(Line):
        def validation_step(self, batch, index):
            self.log("loss", ((self.layer(batch[0]) - batch[1]) ** 2).mean())

        def on_validation_epoch_end(self):
            if not self.trainer.sanity_checking:
                self.seen.append(self.trainer.callback_metrics["loss"].item())
                self.lr_schedulers().step_metric(self.seen[-1])

    torch.manual_seed(0)
    return Line() if schedule == CURVE else Watched()


def trainer(lightning, **options):
    bare = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
    return lightning.Trainer(accelerator="cpu", **dict.fromkeys(bare, False), **options)


def loader(batches):
    torch.manual_seed(1)
    return DataLoader(TensorDataset(torch.randn(batches * 2, 3), torch.randn(batches * 2, 1)), batch_size=2)


@pytest.mark.filterwarnings("ignore:.*does not have many workers:UserWarning")
@pytest.mark.filterwarnings("ignore:.*your dataloader is not resumable:UserWarning")
@pytest.mark.filterwarnings("ignore:.isinstance.treespec, LeafSpec.. is deprecated:FutureWarning")
class TestLightning:
    def test_a_run(self, lightning):
        model = module(lightning)
        trainer(lightning, max_steps=UPDATES).fit(model, loader(4))
        assert model.used == RATES

    def test_accumulated_batches(self, lightning):
        model = module(lightning)
        trainer(lightning, max_steps=UPDATES, accumulate_grad_batches=3).fit(model, loader(6))
        assert model.used == RATES

    def test_once_an_epoch_it_catches_up(self, lightning):
        model = module(lightning, interval="epoch")
        trainer(lightning, max_epochs=3).fit(model, loader(4))
        assert model.used == list(np.repeat(RATES[::4], 4))

    @pytest.mark.parametrize("done", [4, 5])
    def test_resumed_from_a_checkpoint(self, lightning, tmp_path, done):
        first = module(lightning)
        run = trainer(lightning, max_steps=done)
        run.fit(first, loader(4))
        run.save_checkpoint(tmp_path / "run.ckpt")
        again = module(lightning)
        trainer(lightning, max_steps=UPDATES).fit(again, loader(4), ckpt_path=tmp_path / "run.ckpt")
        assert first.used + again.used == RATES

    def test_a_rule_told_after_each_validation(self, lightning):
        rule = "plateau(patience=0, threshold=1.0, factor=0.5)+constant"  # only a loss of 0 would be better
        model = module(lightning, schedule=rule)
        trainer(lightning, max_steps=UPDATES).fit(model, loader(4), loader(2))
        horizon = Horizon(updates=UPDATES, updates_per_epoch=4)
        assert model.used == simulate(parse_rule(rule), model.seen, peak=0.1, horizon=horizon).tolist()
        assert model.used[-1] < 0.1
