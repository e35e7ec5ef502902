"""Errors as values: they reach another process with their words and with what they carry."""

import copy
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import pytest

from lrlab import errors
from lrlab.schedules import parse

ARGUMENTS = {
    "UnknownName": ("schedule", "cosin", ["cosine", "constant"]),
    "RunError": ("it failed", ["seed 1: nan"]),
    "Unstackable": ("it has no layout", "body.0"),
}
EVERY = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception | Warning)]


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_an_error_survives_pickle_and_copies_with_what_it_carries(kind):
    error = kind(*ARGUMENTS.get(kind.__name__, ("what is wrong",)))
    error.add_note("in lesson 3")
    for again in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert (type(again), str(again), vars(again)) == (kind, str(error), vars(error))


def test_a_typo_in_a_process_of_the_users_own_is_told():
    spawn = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(1, mp_context=spawn) as pool,
        pytest.raises(errors.UnknownName, match="did you mean cosine"),
    ):
        pool.submit(parse, "cosin").result()
