"""Help names what there is, from where it is kept; and what it names is taken."""

import pytest
import typer
from typer.testing import CliRunner

import lrlab
from lrlab.cli._app import app
from lrlab.spec import LAYOUT_KINDS, OPTIMIZERS
from support.tasks import blobs

VERBS = ("compare", "find", "decays", "plan", "verify")


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb_lists_every_optimizer(verb):
    words = CliRunner().invoke(app, [verb, "--help"]).output.replace(",", " ").replace(";", " ").split()
    assert {*OPTIMIZERS} <= {*words}
    assert not any("{optimizers}" in word or "{layouts}" in word for word in words)


def test_the_help_of_verify_lists_every_layout_of_a_stack():
    words = CliRunner().invoke(app, ["verify", "--help"]).output.replace(",", " ").replace(";", " ").split()
    assert {name for name, kind in LAYOUT_KINDS.items() if not kind.plain} <= {*words}
    assert "reference" not in words


@pytest.mark.parametrize(
    ("verb", "option", "true", "untrue"),
    [
        ("judge", "page", "none unless named", "beside the store"),
        ("judge", "margin", "one point, or 5 % of the best arm's mean", "test data"),
        ("report", "scale", "default: the largest that is kept", "reduced (the default)"),
        ("run", "scale", "reduced (the default)", "largest"),
        ("decays", "task", "FILE.py[:OBJECT]", "training loop"),
        ("decays", "epochs", "default: 20", "budget"),
        ("decays", "margin", "5 % of a metric that is no share", "test data"),
    ],
)
def test_what_help_says_of_an_option_is_true_of_its_verb(verb, option, true, untrue):
    words = {parameter.name: parameter.help for parameter in typer.main.get_command(app).commands[verb].params}[option]
    assert true in words
    assert untrue not in words


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_is_verified(name):
    checks = lrlab.verify(blobs(), optimizer=name, layout="loop")
    assert {check.optimizer.name for check in checks} == {name}
    assert all(check.equal for check in checks)
