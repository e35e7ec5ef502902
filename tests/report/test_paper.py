"""Figures for papers: files, numbers, labels, colours."""

import csv
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from lrlab.errors import LabError
from lrlab.lab import insights_of
from lrlab.report import write_figures, write_judgement_figures, write_range_figures
from lrlab.report._figures import epoch_bands, peak_scores, used_rates
from lrlab.report._paper import file_stem, paper_style, write_paper_figures
from lrlab.report._paper_axes import ONE_COLUMN, TWO_COLUMNS, EndedCurve, zoom_on_ends
from lrlab.report._paper_study import study_figures
from lrlab.report._short_labels import short_labels
from lrlab.report._styles import COLORS, NEUTRAL, contrast, label_styles
from lrlab.spec import Metric
from support.judgements import example_judgement, example_values
from support.range_tests import example_range_test
from support.results import all_diverged, example_results, own_loop_results

FORMATS = {"svg", "pdf", "png", "csv"}
NAMES = ("key", "rates", "epochs", "peaks", "scores", "differences", "sensitivity", "target", "anytime", "tuning")
TWENTY = (*(f"step(gamma={0.3 + place / 100:g})" for place in range(18)), "warmup(span=5%)+linear", "cosine")
HOSTILE = ("a $x_{", "<script>alert(1)</script> & co", "\u202eright to left\x1b[31m", "x" * 10_000, "=1+1", "../../etc")


@pytest.fixture(scope="module")
def results():
    return example_results(confirm_seeds=10)


@pytest.fixture(scope="module")
def folder(results, tmp_path_factory):
    place = tmp_path_factory.mktemp("paper") / "figures"
    write_figures(results, place, insights_of(results, None))
    return place


def read_numbers(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def texts_of(path):
    """What an SVG says in text."""
    return ["".join(node.itertext()) for node in ElementTree.parse(path).iter() if node.tag.endswith("}text")]


def test_a_score_axis_begins_half_way_where_there_is_an_end_to_show():
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    axes.set_ylim(0, 2)
    for y in ([0.2, 0.6], [0.6], [0.6, 0.6]):  # of one epoch; a limit at both ends is warned of
        zoom_on_ends(axes, [EndedCurve("constant", np.arange(float(len(y))), np.array(y))])
        assert axes.get_ylim() == (0, 2)
    zoom_on_ends(axes, [EndedCurve("constant", np.arange(4.0), np.array([0.2, 0.6, 0.7, 0.8]))])
    assert axes.get_ylim() == pytest.approx((0.695, 0.805))


def check_files(paths):
    """Each figure in four formats, each readable."""
    by_figure = {}
    for path in paths:
        by_figure.setdefault(path.stem, set()).add(path.suffix.removeprefix("."))
        if path.suffix == ".png":
            with Image.open(path) as picture:
                assert len(picture.convert("RGB").getcolors(1 << 24) or ()) > 8
        elif path.suffix == ".pdf":
            content = path.read_bytes()
            assert content.startswith(b"%PDF")
            assert b"FontFile2" in content  # letters, no outlines
        elif path.suffix == ".svg":
            assert texts_of(path)
        else:
            assert read_numbers(path)
    assert all(formats == FORMATS for formats in by_figure.values())
    return set(by_figure)


def test_every_colour_is_seen_on_white_and_on_a_dark_page():
    for color in (*COLORS, NEUTRAL):
        assert contrast(color) >= 3, color
        assert contrast(color, "#14181e") >= 3, color
    assert contrast("#000000") == pytest.approx(21)


def test_twenty_schedules_have_twenty_styles_without_colour_too():
    styles = label_styles(map(str, range(20))).values()
    assert len(set(styles)) == len({(style.line, style.mark) for style in styles}) == 20
    assert len({(style.color, style.line) for style in styles}) == 20


def test_each_figure_is_written_in_four_formats(results, folder):
    paths = sorted(folder.iterdir())
    assert check_files(paths) == {f"example-{name}" for name in NAMES}


def test_the_same_results_give_the_same_bytes(results, folder, tmp_path):
    paths = write_paper_figures(study_figures(results)[1:3], "example", tmp_path)
    assert len(paths) == 8
    for path in paths:
        assert path.read_bytes() == (folder / path.name).read_bytes()


def test_pictures_fit_the_columns_of_a_paper(folder):
    for path in folder.glob("*.png"):
        with Image.open(path) as picture:
            assert picture.width / 300 in (pytest.approx(ONE_COLUMN), pytest.approx(TWO_COLUMNS))
            assert picture.height / 300 < 9


def test_numbers_are_those_of_the_results(results, folder):
    rates = [
        (row["schedule"], int(row["update"]), float(row["rate"])) for row in read_numbers(folder / "example-rates.csv")
    ]
    assert rates == [
        (curve.label, update, rate)
        for curve in used_rates(results)
        for update, rate in zip(curve.updates.tolist(), curve.rates.tolist(), strict=True)
    ]
    scores = read_numbers(folder / "example-scores.csv")
    found = [(row["schedule"], *(float(row[name]) for name in ("peak", "score", "low", "high"))) for row in scores]
    assert found == [(row.label, row.peak, row.score, row.low, row.high) for row in results.rows]
    losses = [row for row in read_numbers(folder / "example-epochs.csv") if row["measure"] == "Validation loss"]
    bands = epoch_bands(results, "validation_loss")
    np.testing.assert_array_equal([float(row["mean"]) for row in losses], np.concatenate([b.mean for b in bands]))
    means = [row for row in read_numbers(folder / "example-peaks.csv") if row["what"] == "mean"]
    expected = np.concatenate([scores.scores for scores in peak_scores(results)])
    np.testing.assert_array_equal([float(row["validation score"]) for row in means], expected)
    claims = read_numbers(folder / "example-differences.csv")
    assert [abs(float(row["advantage"])) for row in claims] == [abs(claim.difference) for claim in results.claims]


def test_numbers_of_the_insights_are_those_of_the_results(results, folder):
    insights = insights_of(results, None)
    anytime = read_numbers(folder / "example-anytime.csv")
    assert [float(row["mean"]) for row in anytime] == [value for curve in insights.curves for value in curve.mean]
    tuning = read_numbers(folder / "example-tuning.csv")
    assert [float(row["score"]) for row in tuning] == [value for curve in insights.tuning for value in curve.score]
    falls = [point.fall for each in insights.sensitivities for point in each.points]
    sensitivity = read_numbers(folder / "example-sensitivity.csv")
    assert [float(row["behind"]) if row["behind"] else None for row in sensitivity] == falls


def test_twenty_schedules_are_labelled_and_no_label_lies_on_another(tmp_path):
    results = example_results(schedules=TWENTY, confirm_seeds=10)
    for figure in study_figures(results):
        with paper_style():
            overlaps = find_overlaps(figure.draw())
        assert overlaps == [], figure.name
    (svg,) = write_paper_figures(study_figures(results)[1:2], "twenty", tmp_path, ("svg",))
    assert set(results.study.labels) <= set(texts_of(svg))


def find_overlaps(picture):
    """Texts of a picture that lie on one another."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(picture)
    canvas.draw()
    texts = [text for axes in picture.axes for text in axes.texts] + picture.texts
    texts += [text for axes in picture.axes if picture.texts for text in axes.get_yticklabels()]  # of rows
    boxes = [(text.get_text(), text.get_window_extent(canvas.get_renderer())) for text in texts if text.get_text()]
    assert all(box.x0 >= 0 and box.x1 <= picture.bbox.width + 1 for _, box in boxes)
    shrunk = [(text, box.padded(-1.0)) for text, box in boxes]
    return [(a, b) for (a, one), (b, other) in combinations(shrunk, 2) if one.overlaps(other)]


def test_hostile_names_are_text_and_no_file_names(tmp_path):
    judgement = example_judgement(example_values(HOSTILE), steps=3, metric=Metric(name="../top-1 <$x_{>"))
    paths = write_judgement_figures(judgement, tmp_path / "in")
    names = {"key", "arms", "differences", "seeds", "curves"}
    assert check_files(paths) == {f"judge-..-top-1-x-{name}".replace("/", "") for name in names}
    assert {path.parent for path in paths} == {tmp_path / "in"}
    (svg,) = [path for path in paths if path.name.endswith("key.svg")]
    said = texts_of(svg)
    assert {"a $x_{", "<script>alert(1)</script> & co"} <= set(said)
    assert "\\u202eright to left\\x1b[31m" in said
    arms = {row["arm"] for row in read_numbers(svg.with_suffix(".csv"))}
    assert arms == {arm.label for arm in judgement.arms}


def test_labels_that_are_shortened_stay_apart():
    shown = short_labels(["a" * 99, "a" * 100, "b"])
    assert len(set(shown.values())) == 3
    assert max(map(len, shown.values())) < 45


@pytest.mark.parametrize(("text", "stem"), [("demo", "demo"), ("../../etc/passwd", "etc-passwd"), ("$", "figures")])
def test_a_stem_leads_nowhere(text, stem):
    assert file_stem(text) == stem


def test_a_range_test_has_its_figure_with_or_without_a_suggestion(tmp_path):
    test = example_range_test()
    assert check_files(write_range_figures(test, tmp_path)) == {"find-digits-mlp-losses"}
    rows = read_numbers(tmp_path / "find-digits-mlp-losses.csv")
    assert [float(row["rate"]) for row in rows[:-1]] == list(test.rates)
    assert [float(row["blurred mean"]) for row in rows[:-1]] == list(test.smooth)
    gone = example_range_test(best=-9.0)
    assert any("No suggestion" in text for path in write_range_figures(gone, tmp_path)[:1] for text in texts_of(path))


def test_the_scores_say_how_many_seeds_where_these_differ(results, tmp_path):
    first, *others = results.rows
    rows = (first.model_copy(update={"seeds": first.seeds * 2}), *others)
    chosen = [one for one in study_figures(results.model_copy(update={"rows": rows})) if one.name == "scores"]
    (path,) = write_paper_figures(chosen, "example", tmp_path, ("svg",))
    assert "10 to 20 seeds" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("change", [all_diverged, own_loop_results])
def test_what_has_no_numbers_has_no_figure(tmp_path, change):
    results = change(example_results(confirm_seeds=10)).model_copy(update={"curves": ()})
    paths = write_paper_figures(study_figures(results), "example", tmp_path, ("svg",))
    names = {path.stem.removeprefix("example-") for path in paths}
    assert "rates" not in names
    assert ("epochs" in names) == (change is own_loop_results)


def test_a_folder_that_cannot_be_is_said(results, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match="name another"):
        write_figures(results, tmp_path / "file")


def test_the_users_own_matplotlib_is_left_alone_and_changes_nothing(results, folder, tmp_path):
    import matplotlib as mpl

    with mpl.rc_context({"lines.linewidth": 9, "font.size": 20}):
        (path,) = write_paper_figures(study_figures(results)[1:2], "example", tmp_path, ("svg",))
        assert mpl.rcParams["lines.linewidth"] == 9
    assert path.read_bytes() == (folder / path.name).read_bytes()
