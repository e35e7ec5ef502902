"""The epochs of a trial: columns of numbers that behave as a tuple of epochs."""

import copy
import pickle
from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lrlab.spec import EPOCH_FIELDS, Epoch, Epochs, Record, Standing, epoch_columns
from support.results import example_results
from support.strategies import law

numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)
epochs_drawn = st.lists(st.builds(Epoch, **dict.fromkeys(EPOCH_FIELDS, numbers)), max_size=5).map(tuple)


@law
@given(epochs=epochs_drawn)
def test_they_are_the_tuple_they_were_made_of(epochs):
    made = Epochs(epochs)
    assert made == epochs
    assert epochs == made
    assert tuple(made) == epochs
    assert len(made) == len(epochs)
    assert hash(made) == hash(epochs)
    assert repr(made) == repr(epochs)
    assert [made[place] for place in range(-len(epochs), len(epochs))] == [*epochs, *epochs]
    assert made[1:3] == epochs[1:3]
    assert made[:1] + epochs[1:] == epochs
    assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == made
    assert made.to_dicts() == [epoch.to_dict() for epoch in epochs]
    for name in EPOCH_FIELDS:
        values = [getattr(epoch, name) for epoch in epochs]
        np.testing.assert_array_equal(made.column(name), [nan if value is None else value for value in values])


def test_others_are_another_value():
    one, other = (
        Epoch.unmeasured(),
        Epoch(train_loss=1.0, train_score=None, validation_loss=None, validation_score=None),
    )
    assert Epochs([one]) != Epochs([other])
    assert Epochs([one]) != (one, one)
    assert Epochs([one]) != [one]
    with pytest.raises(IndexError):
        Epochs([one])[1]


def test_columns_of_several_trials_are_as_long_as_the_longest():
    epoch = Epoch(train_loss=1.0, train_score=None, validation_loss=2.0, validation_score=None)
    found = epoch_columns([Epochs([epoch] * 2), (epoch,), Epochs()], "validation_loss")
    np.testing.assert_array_equal(found, [[2.0, 2.0], [2.0, nan], [nan, nan]])
    assert epoch_columns([], "train_loss").shape == (0, 0)


def test_a_record_takes_a_tuple_and_goes_to_json_as_before():
    record = example_results().confirmed[0]
    assert isinstance(record.epochs, Epochs)
    plain = record.model_copy(update={"epochs": tuple(record.epochs)})
    assert plain == record
    assert plain.to_json() == record.to_json()
    assert Record.from_json(record.to_json()) == record == Record.model_validate(record.to_dict())
    assert Standing.of_record(record).epochs == tuple(record.epochs)
    with pytest.raises(ValidationError, match="train_loss"):
        Record.model_validate(record.to_dict() | {"epochs": [{"train_loss": "much"}]})
