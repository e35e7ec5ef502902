"""Tokens, float16 and several inputs in every layout: equal to the plain loop, in workers too."""

import numpy as np
import pytest
import torch
from torch import nn

import lrlab
from lrlab.engine import _chance, _memory
from lrlab.engine._layouts import LAYOUTS
from lrlab.engine._randomness import epoch_batches, initial_model
from lrlab.engine._reference import train
from lrlab.engine._train_stack import train_stack
from lrlab.engine._verify import verify
from lrlab.errors import Unstackable
from lrlab.tasks import Task, by_value
from lrlab.tasks._parcel import read_parcel, write_parcel
from support.equivalence import trials

COUNT, LENGTH, VOCABULARY = 64, 6, 9
RNG = np.random.default_rng(1)
IDS = RNG.integers(1, VOCABULARY, (COUNT, LENGTH))
MASK = IDS > 2
X = RNG.normal(size=(COUNT, LENGTH)).astype(np.float32)
Y = IDS[:, 0] % 3


class Reader(nn.Module):
    """Tokens, of which a mask may leave some out; dropout between."""

    def __init__(self):
        super().__init__()
        self.table, self.dropout, self.head = nn.Embedding(VOCABULARY, 4), nn.Dropout(0.2), nn.Linear(4, 3)

    def forward(self, ids, mask=None):
        vectors = self.table(ids)
        if mask is None:
            return self.head(self.dropout(vectors.mean(1)))
        kept = mask.unsqueeze(2).to(vectors.dtype)
        return self.head(self.dropout((vectors * kept).sum(1) / kept.sum(1).clamp(min=1)))


class Both(nn.Module):
    """Numbers and tokens."""

    def __init__(self):
        super().__init__()
        self.table, self.norm, self.head = nn.Embedding(VOCABULARY, 4), nn.BatchNorm1d(4), nn.Linear(LENGTH + 4, 3)

    def forward(self, numbers, ids):
        return self.head(torch.cat([numbers, self.norm(self.table(ids).mean(1))], 1))


FORMS = {
    "tokens": (Reader, IDS),
    "a dict": (Reader, {"mask": MASK, "ids": IDS}),
    "a dict of one": (Reader, {"ids": IDS}),
    "a tuple": (Reader, (IDS, MASK)),
    "numbers and tokens": (Both, {"ids": IDS, "numbers": X}),
    "float16": (lambda: nn.Linear(LENGTH, 3), X.astype(np.float16)),
}


def task(form, **others):
    model, inputs = FORMS[form]
    return Task.from_arrays(model=model, inputs=inputs, labels=Y, **others)


@pytest.mark.parametrize("split", ["fixed", "fresh"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("form", FORMS)
def test_every_layout_equals_the_plain_loop(form, layout, split):
    made = task(form, split=split)
    asked = trials(made, "float64", 6)
    plain = [train(trial, made) for trial in asked]
    stacked = train_stack(asked, made, layout)
    for one, other in zip(plain, stacked, strict=True):
        assert one.record.test.loss == pytest.approx(other.record.test.loss, rel=1e-9)
        for name, tensor in one.weights.items():
            assert torch.allclose(tensor, other.weights[name], rtol=0, atol=1e-12), name


class Plain(Reader):
    """Without dropout, whose masks are keyed."""

    def __init__(self):
        super().__init__()
        self.dropout = nn.Identity()


def test_the_plain_loop_is_as_a_loop_by_hand():
    """Weights after an epoch of SGD by torch's own optimizer, batch by batch, on ids and mask."""
    made = task("a dict").with_model(Plain)
    asked = trials(made, "float64", 2)[0].model_copy(update={"schedule": lrlab.schedules.parse("constant")})
    model = initial_model(Plain, asked.seed).double()
    how = asked.optimizer
    optimizer = torch.optim.SGD(model.parameters(), lr=asked.peak, momentum=how.momentum, weight_decay=how.weight_decay)
    for batch in epoch_batches(made.examples, asked.batch_size, asked.seed, 0):
        optimizer.zero_grad()
        ids, mask = (made.train.inputs[name][batch] for name in ("ids", "mask"))
        nn.functional.cross_entropy(model(ids, mask), made.train.labels[batch]).backward()
        optimizer.step()
    for name, tensor in train(asked, made).weights.items():
        assert torch.allclose(tensor, model.state_dict()[name], rtol=0, atol=1e-12)


def test_lanes_refuse_several_inputs():
    made = task("a dict")
    with pytest.raises(Unstackable, match="several inputs"):
        train_stack(trials(made, "float32", 2), made, "lanes")


def test_verification_moves_numbers_and_leaves_tokens():
    made = task("numbers and tokens")
    assert all(row.equal for row in verify(trials(made, "float32", 4), made, "vmap"))


def test_padding_of_a_table_is_refused_by_vmap_where_seeds_have_their_own_batches():
    """torch's gradient of a padded row is wrong there: of the second of two batched tables it is not zero."""
    made = Task.from_arrays(
        model=lambda: nn.Sequential(nn.Embedding(VOCABULARY, 4, padding_idx=0), nn.Flatten(), nn.Linear(24, 3)),
        inputs=IDS - 1,
        labels=Y,
    )
    with pytest.raises(Unstackable, match=r"padding_idx, .*layout 'loop' takes any module"):
        train_stack(trials(made, "float64", 2), made, "vmap")


def test_what_is_known_before_training_knows_several_inputs():
    made = task("a dict")
    assert _memory.trial_bytes(trials(made, "float32", 2)[0], made) > 0
    chance = _chance.chance_of(made, 0, "float32")
    assert chance is not None
    assert chance.constant.loss is not None


@pytest.mark.parametrize("form", FORMS)
def test_a_task_of_any_form_goes_to_workers_and_comes_back(form):
    made = task(form)
    again = read_parcel(write_parcel(made))
    assert again.arrays == made.arrays
    assert again.tokens == made.tokens
    assert type(again.train.inputs) is type(made.train.inputs)


def test_workers_train_a_dict_of_inputs(tmp_path):
    made = task("a dict")
    by_value(made)
    found = lrlab.compare(
        made, ["constant", "cosine"], peaks=[0.1], seeds=2, epochs=2, workers=1, store=str(tmp_path / "a.db")
    )
    assert found.leader in ("constant", "cosine")
