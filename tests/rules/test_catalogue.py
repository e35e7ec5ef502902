"""What every rule promises, looked up in the catalogue: a new one is covered by its line in the examples."""

import inspect
from dataclasses import fields

import numpy as np
import pytest

from lrlab.rules import RULES, Rule, parse_rule, simulate
from lrlab.schedules import SCHEDULES, Horizon
from lrlab.testing.rules import RuleContract, example_losses
from support.rules import ALL, EXAMPLES, HORIZON

E, K, T = HORIZON.epochs, 7, HORIZON.updates
PEAKS = np.geomspace(0.01, 1, K)

every_rule = pytest.mark.parametrize("name", sorted(ALL))
every_name = pytest.mark.parametrize("name", sorted(RULES))


class TestEveryRule(RuleContract):
    @pytest.fixture(params=sorted(ALL))
    def rule(self, request) -> Rule:
        return ALL[request.param]


def test_every_rule_has_an_example_and_a_name_of_its_own():
    assert EXAMPLES.keys() == RULES.keys()
    assert all(type(EXAMPLES[name]) is RULES[name] for name in EXAMPLES)
    assert not RULES.keys() & SCHEDULES.keys()


def test_every_rule_is_abstract_or_final():
    for cls in RULES.values():
        assert getattr(cls, "__final__", False), f"{cls.__name__} lacks @final"
        inside = [sub for sub in cls.__subclasses__() if sub.__module__.startswith("lrlab.")]
        assert not inside, f"{cls.__name__}: wrap it, do not subclass it"
        assert not inspect.isabstract(cls)
    assert {cls for cls in Rule.__subclasses__() if cls.__module__.startswith("lrlab.")} == set(RULES.values())


@every_name
def test_the_docstring_says_when_it_acts_and_where_it_is_from(name):
    doc = RULES[name].__doc__
    for needed in ("Epoch 0:", "Last epoch:", ".. math::", "<https://", ">>> ", "warm-up"):
        assert needed in doc, f"{name}: the docstring lacks {needed!r}"
    for field in fields(RULES[name]):
        assert field.name in doc, f"{name}: the docstring does not say what `{field.name}` is"


@every_name
def test_the_text_it_is_shown_with_is_one(name):
    assert type(parse_rule(RULES[name].written)) is RULES[name]


@every_rule
def test_a_rule_acts_in_the_examples(name):
    """Else the sweep would say nothing."""
    rates = simulate(ALL[name], example_losses(K, E), peak=0.1, horizon=HORIZON)
    assert not (rates == ALL[name].then.bind(peak=0.1, horizon=HORIZON).all()).all() or name == "by_epoch"


def test_the_last_epoch_may_be_shorter():
    rates = simulate(EXAMPLES["by_epoch"], example_losses(None, E), peak=1.0, horizon=HORIZON)
    assert rates.shape == (T,)
    np.testing.assert_array_equal(rates, np.repeat(0.5 ** np.arange(E), 5)[:T])


def test_one_epoch_is_the_schedule_itself():
    short = Horizon(updates=3, updates_per_epoch=5)
    for rule in EXAMPLES.values():
        np.testing.assert_array_equal(simulate(rule, [1.0], peak=0.1, horizon=short), [0.1] * 3)
        np.testing.assert_array_equal(simulate(rule, [], peak=0.1, horizon=short), [0.1] * 3)
