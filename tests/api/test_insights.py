"""What records tell beyond the answer, from Python: frames, text, plain data, the page."""

from pathlib import Path

import pytest

from lrlab.api import Results
from lrlab.errors import StudyError
from support.results import all_diverged, example_results

FRAMES = ("rooms", "peaks", "arrivals", "profiles", "curves", "ranks", "tuning", "expenses")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return Results(example_results(), Path(tmp_path_factory.mktemp("api")) / "records.db")


def test_every_part_is_a_frame(results):
    insights = results.insights(target=0.84)
    assert {name: getattr(insights, name)().height for name in FRAMES} == {
        "rooms": 3,
        "peaks": 3 * 3,
        "arrivals": 3 * 4,
        "profiles": 3 * len(insights.numbers.target.factors),
        "curves": 3 * 2,
        "ranks": 4 * 3,
        "tuning": 3 * 3,
        "expenses": 2 * 3,
    }
    assert insights.arrivals()["label"].to_list()[:4] == ["constant"] * 4
    assert insights.ranks()["rank"].to_list() == [1, 2, 3] * 4
    assert insights.rooms()["below"].to_list()[1] == insights.numbers.sensitivities[1].below.about
    assert insights.tuning()["high"].null_count() == 9
    assert insights.expenses()["examples"].null_count() == 0


def test_it_is_text_and_plain_data(results):
    insights = results.insights(target=0.84)
    assert repr(insights) == str(insights) == insights.text()
    assert "Target: 84.0 % validation accuracy" in str(insights)
    assert insights.to_dict()["target"]["value"] == 0.84
    assert insights.target == 0.84
    assert results.insights().target is None


def test_frames_have_their_columns_where_there_is_nothing_to_tell(results):
    insights = Results(all_diverged(results.findings), results.store).insights()
    whole = results.insights()
    for name in FRAMES:
        empty = getattr(insights, name)()
        assert empty.schema == getattr(whole, name)().schema
        assert (empty.height == 0) == (name != "expenses")


def test_the_page_has_the_target_that_was_asked_for(results, tmp_path):
    text = results.page(tmp_path / "page.html", target=0.7).read_text(encoding="utf-8")
    assert "Target: 70.0 % validation accuracy, as asked for." in text


def test_slips_are_answered_with_the_way_out(results):
    with pytest.raises(StudyError, match=r"write 0\.9"):
        results.insights(target=90)
    with pytest.raises(StudyError, match=r"target is a finite number.*give one, or leave it out"):
        results.insights(target="0.9")
