"""`lrlab.compare(looks=...)`: what is asked, and what is refused before anything is opened."""

import pytest

import lrlab
from lrlab.errors import StudyError
from lrlab.spec import Said
from lrlab.stats import usual_looks

ARMS = ["constant", "cosine", "linear", "step"]


@pytest.mark.parametrize(
    ("looks", "way"),
    [
        ("soon", r"give \[12, 20\]"),
        ([10.5, 20], r"give \[12, 20, 30\]"),
        ([5, 20], r"look at 10, 13, 16, 20"),
        ([20, 10], r"write 12, 20, 30"),
        ([], r"end them with 10"),
    ],
)
def test_looks_that_cannot_be_are_refused(looks, way):
    with pytest.raises(StudyError, match=way):
        lrlab.compare("digits/mlp", ARMS, updates=20, looks=looks, progress=False)


def test_looks_end_at_all_seeds():
    with pytest.raises(StudyError, match=r"end them with 12, or leave out `seeds`"):
        lrlab.compare("digits/mlp", ARMS, updates=20, looks=[10, 20], seeds=12, progress=False)


def test_too_few_seeds_for_usual_looks_say_how_many_can():
    with pytest.raises(StudyError, match=r"8 or more can"):
        lrlab.compare("digits/mlp", ARMS, updates=20, looks="auto", seeds=5, progress=False)


def test_a_comparison_in_looks_says_before_and_after_what_it_does(tmp_path):
    told: list[str] = []
    asked = {"updates": 20, "peaks": [0.1, 0.3], "tuning_seeds": 1, "store": tmp_path / "s.db", "workers": 0}
    listen = {"progress": lambda event: told.append(event.text) if isinstance(event, Said) else None}
    results = lrlab.compare("digits/mlp", ["constant", "cosine"], looks="auto", seeds=9, **asked, **listen)
    assert results.study.confirm.looks == (7, 9)
    assert any("looked at after 7 and 9; decided questions train no further" in text for text in told)
    assert any(text.startswith("2 looks planned") for text in told)
    told.clear()
    lrlab.compare("digits/mlp", ["constant", "cosine"], seeds=10, **asked, **listen)
    assert any("this was answered at 9 seeds before" in text for text in told)


def test_usual_looks_end_at_40_seeds_where_none_are_given_and_the_run_is_read_back(tmp_path, monkeypatch):
    monkeypatch.setattr("lrlab.lab._within._fit_seeds.CHEAP", 1e9)  # a machine on which many seeds are cheap
    asked = {"updates": 4, "peaks": [0.1], "tuning_seeds": 1, "store": tmp_path / "s.db", "workers": 0}
    results = lrlab.compare("digits/mlp", ["constant", "cosine"], looks="auto", progress=False, **asked)
    assert results.study.confirm.looks == usual_looks(1, 40)
    assert len(results.study.confirm.seeds) == 40
    assert lrlab.load(tmp_path / "s.db").study == results.study
