"""Every built-in task at smoke scale: compared, a rate found, its stack verified, its page written."""

import pytest

import lrlab
from lrlab.tasks import get, resolve
from lrlab.tasks._built_in import BUILT_IN

SMALL = {"text/char-gpt": "text/char-gpt(blocks=1, context=16, dim=16)", "digits/segment": "digits/segment(width=2)"}
PARAMETERS = {
    "digits/convnet": 1898,
    "digits/mlp": 3466,
    "digits/segment": 29571,
    "diabetes/linear": 11,
    "diabetes/mlp": 1441,
    "quadratic/noisy": 32,
    "logistic": 42,
}
HOW = {"workers": 0, "progress": False}


HEAVY = ("digits/segment", "text/char-gpt")  # seconds each, of which the default run has one comparison


@pytest.fixture(params=BUILT_IN)
def name(request):
    return SMALL.get(request.param, request.param)


def test_it_is_compared_and_has_a_page(name, tmp_path):
    asked = {"updates": 6, "peaks": (0.03,), "tuning_seeds": 1, "seeds": 2, "store": tmp_path / "a.db"}
    results = lrlab.compare(name, ["constant", "cosine"], **asked, **HOW)
    assert {row.label for row in results.rows} == {"constant", "cosine"}
    assert results.metric == get(resolve(name).where).objective.metrics[0]
    page = results.page(tmp_path / "a.html")
    assert resolve(name).name in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("head", [pytest.param(one, marks=[pytest.mark.slow] * (one in HEAVY)) for one in BUILT_IN])
def test_a_rate_is_looked_for(head, tmp_path):
    name = SMALL.get(head, head)
    found = lrlab.find(name, rates=(0.003, 0.01, 0.03), updates=10, seeds=2, store=tmp_path / "a.db", **HOW)
    assert "rate" in str(found)


def test_its_stack_is_equal_to_the_plain_loop(name):
    exact = [check for check in lrlab.verify(name) if check.precision == "float64"]  # a pooling may jump in float32
    assert [check.verdict for check in exact] == ["equal"]


@pytest.mark.parametrize("head", BUILT_IN)
def test_the_list_says_how_many_parameters(head):
    model = get(head).model()
    count = sum(weights.numel() for weights in model.parameters())
    if head in PARAMETERS:
        assert count == PARAMETERS[head]
        assert f"{count:,} parameters" in BUILT_IN[head].text
    else:  # the vocabulary is that of Python's own text, which versions differ in
        assert count < 200_000


@pytest.mark.parametrize("head", BUILT_IN)
def test_it_is_the_same_each_time(head):
    from lrlab.tasks._built_in import make, parse

    assert make(parse(head)).fingerprint == get(head).fingerprint
