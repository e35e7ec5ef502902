"""Tokens without a row in the table, and sequences without places: named, with the way out."""

import numpy as np
import pytest
import torch
from torch import nn

from lrlab.errors import TaskError
from lrlab.models import gpt
from lrlab.objectives import NextToken
from lrlab.tasks import Task
from lrlab.tasks._fit import check_fit

IDS = np.random.default_rng(0).integers(0, 20, (60, 8))
Y = np.arange(60) % 3


class Placed(nn.Module):
    """Tokens and their places; the places are looked up, or added."""

    def __init__(self, vocabulary=20, places=8, looked_up=True):
        super().__init__()
        self.tokens, self.head = nn.Embedding(vocabulary, 4), nn.Linear(4, 3)
        self.places = nn.Embedding(places, 4) if looked_up else nn.Parameter(torch.zeros(places, 4))

    def forward(self, ids):
        vectors = self.tokens(ids)
        if isinstance(self.places, nn.Embedding):
            return self.head((vectors + self.places(torch.arange(ids.shape[1]))).mean(1))
        return self.head((vectors + self.places).mean(1))


def check(model, inputs, **others):
    check_fit(Task.from_arrays(model=model, inputs=inputs, labels=Y, **others), "mine")


def test_what_fits_is_let_through():
    check(Placed, IDS)
    check(lambda: Placed(looked_up=False), IDS)


@pytest.mark.parametrize(("token", "way"), [(20, "give it 21 rows"), (-1, "number tokens from 0")])
def test_one_token_outside_is_found_wherever_it_is(token, way):
    task = Task.from_arrays(model=Placed, inputs=IDS, labels=Y)
    for name, split in task.splits():
        kept = split.inputs[5, 2].clone()
        split.inputs[5, 2] = token
        words = (
            rf"token {token} \({name}, example 5, place 2, counted from 0\) is outside the vocabulary: tokens.weight "
        )
        with pytest.raises(
            TaskError, match=rf"{words}has 20 rows, for tokens 0 to 19; {way}, or leave such tokens out"
        ):
            check_fit(task, "mine")
        split.inputs[5, 2] = kept


def test_a_vocabulary_that_is_too_small_at_the_first_look():
    with pytest.raises(TaskError, match=r"is outside the vocabulary: tokens.weight has 4 rows"):
        check(lambda: Placed(vocabulary=4), IDS)


@pytest.mark.parametrize(("looked_up", "name"), [(True, "places.weight"), (False, "places")])
def test_a_sequence_longer_than_the_places(looked_up, name):
    words = rf"sequences of 8 are longer than the model takes: {name} has 5 places; cut them, .*windows\(ids, 5\)"
    with pytest.raises(TaskError, match=words):
        check(lambda: Placed(places=5, looked_up=looked_up), IDS)


def test_a_built_in_model_of_language():
    def task(**sizes):
        given = {"vocabulary": 20, "context": 7, "dim": 8, "heads": 2, "blocks": 1} | sizes
        return Task.from_arrays(
            model=lambda: gpt(**given), inputs=IDS[:, :-1], labels=IDS[:, 1:], objective=NextToken()
        )

    check_fit(task(), "gpt")
    with pytest.raises(TaskError, match=r"sequences of 7 are longer than the model takes: positions has 4 places"):
        check_fit(task(context=4), "gpt")
    with pytest.raises(TaskError, match=r"outside the vocabulary: tokens.weight has 19 rows"):
        check_fit(task(vocabulary=19), "gpt")


def test_a_table_that_is_looked_up_at_other_rows():
    class Counted(Placed):
        def forward(self, ids):
            return self.head(self.places(ids.sum(1)))

    with pytest.raises(TaskError, match=r"it looks up row .* of places.weight, which has 8; give it more rows"):
        check(Counted, IDS, tokens=True)
