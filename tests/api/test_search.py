"""What a caller says of a search, and a comparison by one."""

import numpy as np
import pytest
from torch import nn

import lrlab
from lrlab.api._question import Question, study_fields
from lrlab.api._search import names_of, search_of, with_usual_ranges
from lrlab.errors import StudyError, UnknownName


@pytest.mark.parametrize(
    ("tune", "wanted"),
    [
        (None, {}),
        ("peak", {"peak": ""}),
        ("peak=0.01..1 log, Warmup.span", {"peak": "0.01..1 log", "warmup.span": ""}),
        (["peak=0.01..1,momentum", "optimizer=sgd|adam"], {"peak": "0.01..1", "momentum": "", "optimizer": "sgd|adam"}),
        ({"peak": None, "settings.Width": "1|2"}, {"peak": "", "settings.Width": "1|2"}),
    ],
)
def test_names_with_ranges_or_without(tune, wanted):
    assert names_of(tune) == wanted


@pytest.mark.parametrize("tune", ["peak,,x", "=1", [1, 2], {"peak": 0.1}, {1: "a"}])
def test_what_is_no_name_is_told_how_it_is_written(tune):
    with pytest.raises(StudyError, match=r'write "peak,warmup.span=0%..20%", or {"peak": "0.01..1"}'):
        names_of(tune)


def test_a_name_stands_once():
    with pytest.raises(StudyError, match="peak is tuned twice; leave one of them out"):
        names_of("peak,peak=1..2")


def test_any_word_of_a_search_asks_for_one():
    assert search_of(None, None, None, ["cosine"], None, None) is None
    plain = {"search": {"space": {"peak": ""}}}
    assert search_of(None, None, None, ["cosine(floor=0..1)"], None, None) == plain
    assert search_of(None, "tpe", None, ["cosine"], None, None) == {"search": {"space": {"peak": ""}, "sampler": "tpe"}}
    assert search_of(None, None, 9, ["cosine"], [0.1], None) == {"search": {"space": {}, "trials": 9}}


def test_peaks_are_what_a_peak_without_a_range_is_chosen_from_and_not_ignored_beside_one():
    found = search_of("peak,momentum", None, None, ["cosine"], [0.1, 123.0], None)
    assert found == {"search": {"space": {"momentum": ""}}}
    fields = study_fields("s", None, 32, 2, None) | {"tune": found}
    study = Question("digits/mlp", ["cosine"], "2 epochs", None, [0.1, 123.0], None, fields).draft()
    assert study.space_of("cosine")["peak"].choices == (0.1, 123.0)
    with pytest.raises(StudyError, match=r"peaks are \[123.0\] \(--peaks\); leave out one of them"):
        search_of("peak=0.01..1", None, None, ["cosine"], [123.0], None)


def test_settings_are_searched_by_name():
    with pytest.raises(StudyError, match=r"write settings.width=4\|8 in tune \(--tune\) in its place"):
        search_of("peak", None, None, ["cosine"], None, {"width": [4, 8]})


def test_the_usual_peaks_are_those_of_the_optimizer_or_the_loop():
    fields = study_fields("s", "adam", 32, 2, None) | {"tune": search_of("peak", None, None, ["cosine"], None, None)}
    question = Question("digits/mlp", ["cosine"], "2 epochs", None, None, None, fields)
    assert question.draft().tune.search.space == {"peak": "0.0003..0.03 log"}
    assert question.draft().tune.peaks == ()
    own = with_usual_ranges(fields, ["cosine"], [0.5, 2.0])
    assert own["tune"]["search"]["space"] == {"peak": "0.5..6 log"}


def blobs():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 300)
    inputs = rng.normal(size=(300, 5)) + labels[:, None] * 0.7
    return lrlab.Task.from_arrays(model=lambda: nn.Linear(5, 3), inputs=inputs, labels=labels, name="blobs")


def test_a_comparison_by_a_search_is_answered_and_trains_nothing_twice(tmp_path):
    pytest.importorskip("optuna")

    def run():
        return lrlab.compare(
            blobs(),
            ["warmup+cosine(floor=0..0.1)", "constant"],
            epochs=2,
            tune="peak,warmup.span,momentum=0.5..0.9",
            trials=10,
            seeds=4,
            store=tmp_path / "r.db",
            workers=0,
            engine="reference",
            progress=False,
        )

    first, again = run(), run()
    study = first.findings.study
    assert study.tuned_settings == (10, 10)
    assert list(study.space_of("warmup+cosine")) == ["peak", "cosine.floor", "momentum", "warmup.span"]
    assert {row.label for row in first.findings.rows} == {"constant", "warmup+cosine"}
    assert all(" at " in row.setting for row in first.findings.rows)
    assert "warmup(span=" in str(first)  # what was chosen for each is shown, whichever leads
    assert "constant at " in str(first)
    assert again.findings == first.findings
    assert lrlab.load(store=tmp_path / "r.db").findings == first.findings


def test_a_field_that_no_schedule_has_is_refused_before_anything_is_opened(tmp_path):
    with pytest.raises(UnknownName, match=r"did you mean cosine\.floor"):
        lrlab.compare("digits/mlp", ["cosine"], tune="cosine.flor", store=tmp_path / "r.db")
    with pytest.raises(UnknownName, match=r"unknown field of schedule wsd 'power'"):
        lrlab.compare("digits/mlp", ["wsd(power=0.5..3)"], store=tmp_path / "r.db")
    assert not (tmp_path / "r.db").exists()
