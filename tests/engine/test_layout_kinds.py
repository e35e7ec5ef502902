"""What is said of the layouts is so: they are those that the engine makes, and can what their entries say."""

import pytest

from lrlab.engine import BACKENDS, COMPILED, LAYOUTS, _make_backend, block_size, is_available
from lrlab.engine._make_backend import make_backend
from lrlab.engine._noise import Noise, key_dropout
from lrlab.native import isa
from lrlab.spec import LAYOUT_KINDS, ONE_BY_ONE, PLAIN_LOOP, LayoutName, Setup
from support.tasks import blobs, trial


def test_every_layout_that_a_setup_may_name_has_an_entry():
    assert set(LAYOUT_KINDS) == set(LayoutName.__args__)
    assert tuple(LAYOUT_KINDS) == (*BACKENDS, PLAIN_LOOP)
    assert [name for name, kind in LAYOUT_KINDS.items() if kind.plain] == [PLAIN_LOOP]
    assert Setup(layout="lanes").kind is LAYOUT_KINDS["lanes"]
    assert LAYOUT_KINDS[ONE_BY_ONE].any_model


def backend_of(name: str):
    task, one = blobs(), trial(blobs())
    noise = Noise([one.seed])
    return make_backend(name, [key_dropout(task.model(), noise)], [0], noise, task, one)


def test_what_is_compiled_says_that_it_takes_a_while():
    """The sweeps over LAYOUTS leave these out: they would compile hundreds of programs. See test_compiled.py."""
    assert tuple(name for name, kind in LAYOUT_KINDS.items() if kind.compiling) == COMPILED
    assert not set(COMPILED) & set(LAYOUTS)


@pytest.mark.parametrize("name", [*LAYOUTS, *COMPILED])
def test_what_is_recorded_offers_it(name):
    assert LAYOUT_KINDS[name].recorded
    assert backend_of(name).recordable() is not None


def test_lanes_have_threads_of_their_own_and_are_not_recorded(instruction_set):
    assert isa() == instruction_set
    assert not LAYOUT_KINDS["lanes"].recorded
    assert backend_of("lanes").recordable() is None
    assert block_size("lanes", "float32") == 2 * block_size("lanes", "float64") > 2


@pytest.mark.parametrize("there", [False, True])
def test_only_what_is_portable_is_everywhere(monkeypatch, there):
    monkeypatch.setattr(_make_backend, "has_lanes", lambda: there)
    assert {name for name in LAYOUT_KINDS if not is_available(name)} == (set() if there else {"lanes"})


@pytest.mark.parametrize("name", ["reference", *LAYOUTS, *COMPILED])
def test_elsewhere_each_trial_counts_for_itself(name):
    assert block_size(name, "float32") == block_size(name, "float64") == 1
