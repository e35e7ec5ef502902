"""Lightning's demo, a transformer of 1.3 million weights, as a trial on Python's manual. Try

lrlab compare examples/lightning_loop.py:train constant linear cosine "warmup(span=10%)+cosine" --updates 100
"""

from pydoc_data.topics import topics

import lightning
import torch
from lightning.pytorch.demos import LightningTransformer
from torch.utils.data import DataLoader, TensorDataset

import lrlab
from lrlab.trainers import LightningCallback

UPDATES_PER_EPOCH = 20


class Manual(LightningTransformer):
    def prepare_data(self):
        """Nothing to download."""

    def loss(self, batch):
        return torch.nn.functional.nll_loss(self(*batch), batch[1].view(-1))

    def validation_step(self, batch, index):
        self.log("val_loss", self.loss(batch))

    def test_step(self, batch, index):
        self.log("test_loss", self.loss(batch))


def loaders():
    letters = torch.tensor(list("\n".join(topics.values()).encode("ascii", "replace")[:8_401]))
    texts = TensorDataset(letters[:-1].view(-1, 35), letters[1:].view(-1, 35))
    drawn = torch.randperm(len(texts), generator=torch.Generator().manual_seed(0)).split([160, 40, 40])
    train, *others = [torch.utils.data.Subset(texts, part.tolist()) for part in drawn]
    return DataLoader(train, batch_size=8, shuffle=True), *[DataLoader(part, batch_size=100) for part in others]


@lrlab.trial(metric="loss", updates_per_epoch=UPDATES_PER_EPOCH)
def train(run):
    callback = LightningCallback(run)
    module, (training, validation, test) = Manual(vocab_size=128), loaders()
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = lightning.Trainer(max_steps=run.updates, callbacks=[callback], accelerator="cpu", **quiet)
    trainer.fit(module, training, validation, ckpt_path=callback.checkpoint)
    if not run.should_stop:
        callback.finish(trainer.test(module, test, verbose=False)[0])
