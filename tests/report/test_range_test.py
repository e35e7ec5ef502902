import re

import pytest

from lrlab.errors import LabError
from lrlab.report import html_range, json_range, range_picture, range_png, range_sentences, save_range_png
from support.range_tests import example_range_test
from support.reader import read_html


def flat():
    return example_range_test(loss=lambda rate, seed: 2.3 + 0.0 * rate * seed)


def test_the_answer_comes_first_then_interval_and_basis():
    test = example_range_test()
    answer, interval, basis = range_sentences(test)
    assert answer == "Suggested rate: 0.1, for digits/mlp with sgd, in a training of about 800 updates."
    assert interval.startswith("Interval: 0.01")
    assert "100 updates at each of 15 constant rates, 3 seeds; validation loss 2.3 before, 0.4" in basis


@pytest.mark.parametrize(
    ("test", "words"),
    [
        (example_range_test(best=-9.0), "every training diverged"),
        (flat(), "learned more than seeds differ by"),
        (example_range_test(best=9.0, rates=(1e2, 1e3, 1e4)), "flat|upper edge|learned more"),
    ],
)
def test_no_suggestion_comes_with_its_reason(test, words):
    answer, *others = range_sentences(test)
    assert answer.startswith("No suggestion: ")
    assert re.search(words, answer)
    assert not any("Suggested" in sentence for sentence in others)


def test_rates_that_cannot_be_tried_are_not_asked_for():
    test = example_range_test(rates=(10.0, 100.0, 1000.0)).model_copy(update={"suggestion": None, "reason": "higher"})
    said = " ".join(range_sentences(test.model_copy(update={"open_high": True})))
    assert "none beyond it can be tried" in said
    assert "higher rates" not in said
    below = example_range_test().model_copy(update={"suggestion": None, "reason": "lower"})
    assert "give lower rates" in range_sentences(below)[0]


def test_how_to_go_on_beyond_an_edge_is_a_list_to_type():
    test = example_range_test().model_copy(update={"suggestion": None, "reason": "higher"})
    assert (
        "at the upper edge of 0.001 to 3.162; give higher rates, as in --rates 3.162,31.62,316.2"
        in range_sentences(test)[0]
    )
    below = test.model_copy(update={"reason": "lower"})
    assert "--rates 1e-06,1e-05,0.0001" in range_sentences(below)[0]


def test_that_rates_above_one_train_as_one_is_said_where_the_interval_ends_there():
    test = example_range_test().model_copy(update={"optimizer": "adafactor", "highest": 1.0, "interval": (0.1, 1.0)})
    assert "adafactor trains with any rate above 1 as with that one" in range_sentences(test)[1]
    assert not any("any rate above" in each for each in range_sentences(example_range_test()))


def test_nothing_learned_says_over_which_rates_and_what_to_try():
    answer = range_sentences(flat())[0]
    assert "nothing was learned: no rate from 1e-06 to 999.9 learned more" in answer
    assert "give more updates or seeds, or look at data, labels and loss" in answer


@pytest.mark.parametrize("reason", ["lower", "higher", "seeds"])
def test_every_reason_has_words(reason):
    test = example_range_test().model_copy(update={"suggestion": None, "reason": reason})
    assert range_sentences(test)[0].startswith("No suggestion: the best rate")


def test_what_was_added_what_is_open_and_what_is_short_is_said():
    test = example_range_test(best=-4.5, length=6400).model_copy(update={"open_high": True})
    text = " ".join(range_sentences(test))
    assert "the range was widened by 8 rates" in text
    assert "higher rates may do as well" in text
    assert "1/64 of the length" in text


def test_a_loss_before_training_that_is_not_known_is_not_said():
    test = example_range_test()
    assert "at the lowest rate" in " ".join(
        range_sentences(test.model_copy(update={"untrained": tuple(test.losses[0])}))
    )


@pytest.mark.parametrize("unicode", [True, False])
def test_the_curve_fits_and_marks_suggestion_and_interval(unicode):
    lines = range_picture(example_range_test(), 72, unicode=unicode).split("\n")
    assert all(len(line) <= 72 for line in lines)
    marks = lines[-3]
    assert marks.index("[") < marks.index("^") < marks.index("]")
    assert unicode or "\n".join(lines).isascii()
    assert "^" not in range_picture(flat(), 72, unicode=unicode)


def test_stills_and_html(tmp_path):
    for name in ("a.png", "a.svg", "a.pdf"):
        save_range_png(example_range_test(), tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1000
    save_range_png(example_range_test(best=-9.0), tmp_path / "b.png")
    with pytest.raises(LabError, match=r"end its name in \.png"):
        save_range_png(example_range_test(), tmp_path / "a.txt")
    assert range_png(example_range_test()).startswith(b"\x89PNG")
    html = html_range(example_range_test().model_copy(update={"of": "<b>"}), "AAAA")
    assert ("b", {}) not in read_html(html).tags
    assert "Suggested rate: 0.1" in html


def test_json_has_data_and_words():
    data = json_range(example_range_test())
    assert data["suggestion"] == 0.1
    assert data["text"].startswith("Suggested rate: 0.1")
