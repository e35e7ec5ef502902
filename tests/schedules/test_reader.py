"""One reader cuts every `name(field=value)` text: what it cuts, and that its users say what they expected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import LabError
from lrlab.rules import parse_rule
from lrlab.schedules import NamedText, UnpairedError, parse, split_fields, split_name, split_outside
from lrlab.schedules._reader import read_number, split_list, strip_quotes
from lrlab.tasks._names import parse_name
from support.strategies import law


@pytest.mark.parametrize(
    ("text", "separator", "pieces"),
    [
        ("a+b", "+", ["a", "b"]),
        ("a(b+c)+d", "+", ["a(b+c)", "d"]),
        ("a('+')+\"b+\"", "+", ["a('+')", '"b+"']),
        ("[1, (2, 3)], 4", ",", ["[1, (2, 3)]", " 4"]),
        ('\'it"s\', "("', ",", ["'it\"s'", ' "("']),
        ("", "+", [""]),
        ("+", "+", ["", ""]),
    ],
)
def test_separators_inside_brackets_and_quotes_cut_nothing(text, separator, pieces):
    assert split_outside(text, separator) == pieces


def test_after_so_many_cuts_the_rest_stays_as_it_is():
    assert split_outside("a+b+c(", "+", most=1) == ["a", "b+c("]


@pytest.mark.parametrize(
    ("text", "what"),
    [("a)", 'a ")"'), ("(a", 'a "("'), ("(a]", 'a "]"'), ("'a", "the quote '"), ("[(])", 'a "]"')],
)
def test_what_has_no_partner_is_named(text, what):
    with pytest.raises(UnpairedError) as caught:
        split_outside(text, "+")
    assert str(caught.value) == f"{what} has no partner in {text!r}"


def test_names_fields_lists_and_numbers():
    assert split_name("cosine") == split_name(" cosine ( ) ")._replace(inside="") == NamedText("cosine", "")
    assert split_name("a(b)(c)") == NamedText("a", "b)(c")
    assert split_name("a(b") is None
    assert [field.complete for field in split_fields("a=1, b, =2, c=")] == [True, False, False, False]
    assert split_fields(" ") == []
    assert split_list("[]") == []
    assert split_list("1, 2") is None
    assert (strip_quotes("'a'"), strip_quotes("'a\""), strip_quotes("'")) == ("a", "'a\"", "'")
    assert [read_number(text) for text in ("1", ".5", "-1e3", "1_0", "inf", "")] == [1, 0.5, -1000, None, None, None]


@pytest.mark.parametrize(
    ("read", "text", "way"),
    [
        (parse, "step(every='5 epochs)", r'the quote \' has no partner in .*; write "cosine", "step\(gamma=0.5'),
        (parse_rule, "plateau(patience=[2)+constant", r'the schedule after it, but .*; write "plateau\(patience=2\)'),
        (parse_name, "mnist/lenet(width=[1, images=5)", r'a "\[" has no partner in .*: write "cifar10/resnet18"'),
    ],
)
def test_every_user_says_what_it_expected(read, text, way):
    with pytest.raises(LabError, match=way):
        read(text)


@law
@given(st.lists(st.text(alphabet="ab=1 []()'", max_size=6), min_size=1, max_size=4))
def test_what_was_cut_can_be_joined_again(pieces):
    text = ",".join(pieces)
    try:
        cut = split_outside(text, ",")
    except UnpairedError:
        return
    assert ",".join(cut) == text
