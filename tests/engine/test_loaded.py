"""Training and evaluation from loaders: repeated to the bit, near what memory gives, and what goes wrong."""

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import lrlab
from lrlab.engine._chance import chance_of
from lrlab.engine._pace import time_stack
from lrlab.engine._reference import train
from lrlab.errors import TaskError, Unstackable
from lrlab.objectives import Classification, Regression
from lrlab.tasks import Split, Task
from support.tasks import trial

DRAWS = torch.Generator().manual_seed(0)
X = torch.randn(120, 4, generator=DRAWS)
Y = (X[:, 0] > 0).long()
DATA = TensorDataset(X[:80], Y[:80])


def model():
    return nn.Linear(4, 2)


def ordered(batch_size):
    return DataLoader(DATA, batch_size=batch_size)


def shuffled(batch_size):
    return DataLoader(DATA, batch_size=batch_size, shuffle=True)


def held(batch_size):
    return DataLoader(TensorDataset(X[80:], Y[80:]), batch_size=batch_size)


def task(make=shuffled, **others):
    return Task.from_loaders(**{"model": model, "train": make, "validation": held, "test": held} | others)


def asked(made, **others):
    return trial(made, **{"peak": 0.1, "budget": "3 epochs", "batch_size": 16, "seed": 1} | others)


def test_a_trial_is_repeated_to_the_bit_and_another_seed_has_other_batches():
    made = task()
    first, again = (train(asked(made), made) for _ in range(2))
    assert all(torch.equal(tensor, again.weights[name]) for name, tensor in first.weights.items())
    assert first.record.epochs == again.record.epochs
    losses = [train(asked(made, seed=seed), made).record.epochs[0].train_loss for seed in (1, 2)]
    assert losses[0] != losses[1]


def test_training_in_order_is_as_a_loop_by_hand():
    made = task(ordered)
    done = train(asked(made, schedule=lrlab.schedules.parse("constant"), precision="float64"), made)
    from lrlab.engine._randomness import initial_model

    net = initial_model(model, 1).double()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=asked(made).optimizer.momentum)
    for _ in range(3):
        for start in range(0, 80, 16):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(X[start : start + 16].double()), Y[start : start + 16]).backward()
            optimizer.step()
    for name, tensor in net.state_dict().items():
        assert torch.allclose(done.weights[name], tensor, rtol=0, atol=1e-12)
    right = (net(X[80:].double()).argmax(1) == Y[80:]).double().mean().item()
    assert done.record.test.score == pytest.approx(right)


def test_evaluation_is_that_of_the_same_examples_in_memory():
    """A rate of nearly 0 leaves the weights of the seed, whatever the batches."""
    made = task(ordered)
    parts = Split(X[:80], Y[:80]), Split(X[80:], Y[80:])
    memory = Task(model=model, train=parts[0], validation=parts[1], test=parts[1])
    loaded, kept = (train(asked(each, peak=1e-30), each).record for each in (made, memory))
    assert loaded.test == kept.test
    assert loaded.validation == kept.validation


def test_a_last_epoch_may_be_cut_short():
    made = task()
    assert len(train(asked(made, budget="7 updates"), made).record.epochs) == 2


def test_stacks_are_refused_and_the_plain_loop_is_timed():
    made = task()
    refused = time_stack([asked(made)], made, "loop", 0.0)
    assert "come from loaders" in refused.refused
    assert time_stack([asked(made)], made, "reference", 0.0).update > 0


def changing(after):
    """A loader that gives one batch less from its so-manieth time on."""
    made = [0]

    def make(batch_size):
        made[0] += 1
        batches = list(shuffled(batch_size))
        return batches[:-1] if made[0] > after else batches

    return make


def test_a_loader_that_gives_fewer_batches_is_named():
    made = task(changing(6))
    with pytest.raises(
        TaskError, match=r"gives 4 batches of 16 in epoch \d, and 80 examples make 5; give as many.*examples="
    ):
        train(asked(made), made)


def test_a_loader_that_gives_more_batches_is_named():
    made = task(lambda size: [*ordered(size), *ordered(size)])
    made.streams["train"] = made.streams["train"]._replace(examples=80)
    with pytest.raises(TaskError, match=r"gives more than 5 batches of 16 in epoch 1"):
        train(asked(made), made)


def test_a_loader_of_a_size_of_its_own_is_named():
    made = task(lambda size: DataLoader(DATA, batch_size=min(size, 20), shuffle=True))
    with pytest.raises(TaskError, match=r"gives a batch of 20 where 32 are asked for; pass the size on"):
        train(asked(made, batch_size=32), made)


def test_test_data_that_change_are_named():
    times = [0]

    def moving(batch_size):
        times[0] += 1
        shift = 1 if times[0] > 4 else 0
        return DataLoader(TensorDataset(X[80:], (Y[80:] + shift) % 2), batch_size=batch_size)

    made = task(test=moving)
    with pytest.raises(TaskError, match=r"the test loader gives other labels than the first time from example 0 on"):
        train(asked(made), made)


def test_verification_says_that_there_is_no_stack():
    made = task()
    from lrlab.engine import verify

    with pytest.raises(Unstackable, match="come from loaders"):
        verify([asked(made)], made, "loop")


def in_order(count=2000, classes=4):
    """Examples as a folder of each class gives them: all of the first class, then all of the next."""
    draws = torch.Generator().manual_seed(1)
    return torch.randn(count, 4, generator=draws), torch.arange(count) * classes // count


@pytest.mark.parametrize("objective", [None, Classification(), Regression()])
def test_chance_is_that_of_the_whole_split_whatever_its_order(objective):
    x, classes = in_order()
    amounts = isinstance(objective, Regression)
    y = classes.float()[:, None] if amounts else classes
    make = lambda size: DataLoader(TensorDataset(x, y), batch_size=size)  # noqa: E731
    how = {"model": lambda: nn.Linear(4, 1 if amounts else 4), "objective": objective}
    loaded = Task.from_loaders(train=make, validation=make, test=make, **how)
    memory = Task(train=(x, y), validation=(x, y), test=(x, y), **how)
    found, known = (chance_of(each, 1, "float64") for each in (loaded, memory))
    assert found.examples == known.examples == 2000
    for level, expected in ((found.constant, known.constant), (found.untrained, known.untrained)):
        assert (level.loss, level.score) == pytest.approx((expected.loss, expected.score))


@pytest.mark.parametrize("how", [{"average": "ema(decay=0.7)"}, {"optimizer": {"name": "schedule_free_sgd"}}])
def test_statistics_under_other_weights_are_those_of_the_batches_that_the_loader_gives(how):
    """Of more examples than are kept of a loader; those of the first layer depend on no weights."""
    x, y = in_order(count=720, classes=2)
    make = lambda size: DataLoader(TensorDataset(x, y), batch_size=size)  # noqa: E731
    net = lambda: nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 2))  # noqa: E731
    made = task(make, model=net, validation=make)
    done = train(asked(made, budget="1 epochs", precision="float64", **how), made)
    seen = x[: 40 * 16].double()
    assert torch.allclose(done.weights["0.running_mean"], seen.mean(0), rtol=0, atol=1e-12)
    spread = torch.stack([part.var(0) for part in seen.split(16)]).mean(0)
    assert torch.allclose(done.weights["0.running_var"], spread, rtol=0, atol=1e-12)
