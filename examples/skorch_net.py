"""A net of skorch as a trial: the trial's scheduler is its policy. Try

lrlab compare examples/skorch_net.py:train constant cosine "warmup(span=5%)+linear" --updates 370
"""

import torch
from digits_split import UPDATES_PER_EPOCH, digits
from skorch import NeuralNetClassifier
from skorch.callbacks import Callback, LRScheduler
from skorch.dataset import Dataset
from skorch.helper import predefined_split
from torch import nn

import lrlab


class Tell(Callback):
    def __init__(self, run):
        self.run = run

    def on_epoch_end(self, net, **_):
        epoch = net.history[-1]
        self.run.report(validation_loss=epoch["valid_loss"], validation_accuracy=epoch["valid_acc"])


@lrlab.trial(metric="accuracy", updates_per_epoch=UPDATES_PER_EPOCH)
def train(run):
    (inputs, labels), validation, (test, targets) = digits()
    kept = 32 * UPDATES_PER_EPOCH
    torch.manual_seed(run.seed)
    net = NeuralNetClassifier(
        nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10), nn.Softmax(1)),
        optimizer=torch.optim.SGD,
        optimizer__momentum=0.9,
        lr=run.peak,
        batch_size=32,
        iterator_train__shuffle=True,
        max_epochs=run.updates // run.updates_per_epoch,
        train_split=predefined_split(Dataset(*validation)),
        callbacks=[LRScheduler(lambda optimizer, **_: run.scheduler(optimizer), step_every="batch"), Tell(run)],
        verbose=0,
    )
    net.fit(inputs[:kept], labels[:kept])
    run.finish(accuracy=net.score(test, targets))
