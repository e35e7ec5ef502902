"""A plain loop of the user's own and lrlab's engine train the same small task: the same rates, and the same answer."""

import numpy as np
import pytest
import torch
from torch import nn

import lrlab
from lrlab.lab import as_array
from lrlab.store import Store
from lrlab.tasks import get

PLACE = "digits/mlp"
BAD = "step(gamma=0.001, every=10%)"


@lrlab.trial(metric="accuracy", updates_per_epoch=1000 // 32)
def train(run):
    torch.manual_seed(run.seed)
    task = get(PLACE)
    model, (inputs, labels) = task.model(), task.train
    optimizer = torch.optim.SGD(model.parameters(), lr=run.peak, momentum=0.9)
    scheduler = run.scheduler(optimizer)
    for epoch in range(run.updates // run.updates_per_epoch):
        order = torch.randperm(len(inputs))
        for batch in order[: run.updates_per_epoch * 32].split(32):
            loss = nn.functional.cross_entropy(model(inputs[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
        run.report(epoch=epoch, train_loss=loss, validation_accuracy=accuracy(model, task.validation))
    run.finish(test_accuracy=accuracy(model, task.test))


@torch.no_grad()
def accuracy(model, split):
    return (model(split[0]).argmax(1) == split[1]).float().mean()


@pytest.mark.slow
def test_a_plain_loop_answers_as_the_engine_does(tmp_path):
    asked = {"epochs": 4, "peaks": [0.1, 0.2], "tuning_seeds": 1, "seeds": 8, "workers": 0, "progress": False}
    schedules, store = ["cosine", BAD], tmp_path / "records.db"
    engine = lrlab.compare(PLACE, schedules, batch_size=32, store=store, **asked)
    own = lrlab.compare(train, schedules, store=store, name="own", **asked)
    sides = [
        {(row["schedule"], row["peak"], row["seed"]): row["key"] for row in results.trials().iter_rows(named=True)}
        for results in (engine, own)
    ]
    shared = sides[0].keys() & sides[1].keys()
    assert len(shared) >= 4
    with Store(store) as records:
        for what in shared:
            of_engine, of_loop = (as_array(records.array(side[what], "rates")) for side in sides)
            np.testing.assert_array_equal(of_engine, of_loop)
    assert [claim.verdict for claim in engine.verdicts] == [claim.verdict for claim in own.verdicts] == ["cosine"]
    best = [next(row for row in results.rows if row.label == "cosine") for results in (engine, own)]
    assert abs(best[0].score - best[1].score) < 0.02
    assert best[0].low < best[1].high
    assert best[1].low < best[0].high
