"""Terminal pictures and still pictures."""

import numpy as np
import pytest

from lrlab.errors import LabError
from lrlab.report import rate_curves, save_png, save_summary_png, terminal_picture
from lrlab.schedules import Horizon, parse
from support.results import all_diverged, example_results, own_loop_results, with_optimizers

HORIZON = Horizon(updates=5000, updates_per_epoch=100)


def curves(*texts, horizon=HORIZON):
    return rate_curves({text: parse(text).bind(peak=0.2, horizon=horizon).all() for text in texts})


def test_a_long_curve_is_thinned_and_keeps_its_ends_peaks_and_drops():
    (curve,) = curves("cyclic(period=3 updates, low=0)")
    assert len(curve.updates) <= 1000
    assert curve.updates[[0, -1]].tolist() == [0, 4999]
    full = parse("cyclic(period=3 updates, low=0)").bind(peak=0.2, horizon=HORIZON).all()
    assert (curve.rates.min(), curve.rates.max()) == (full.min(), full.max())
    np.testing.assert_array_equal(curve.rates, full[curve.updates])


def test_a_short_curve_is_drawn_update_by_update():
    (curve,) = curves("cosine", horizon=Horizon(updates=7, updates_per_epoch=7))
    assert curve.updates.tolist() == list(range(7))


def test_the_terminal_picture_fits_and_has_its_axes_and_legend():
    picture = terminal_picture(curves("one_cycle", "cosine"), 60, 12)
    assert max(map(len, picture.splitlines())) <= 60
    for word in ("rate", "updates", "0.2", "4,999", "one_cycle", "cosine"):
        assert word in picture
    assert terminal_picture(curves("one_cycle", "cosine"), 60, 12, unicode=False).isascii()


def test_a_falling_line_falls_in_the_picture():
    rows = terminal_picture(curves("linear"), 60, 14, unicode=False).splitlines()
    body = [row.split("|", 1)[-1].split("+", 1)[-1] for row in rows if "|" in row or "+" in row]
    firsts = [len(row) - len(row.lstrip()) for row in body if row.strip() and not row.strip().startswith("--")]
    assert firsts == sorted(firsts)
    assert firsts[0] < firsts[-1]


@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_pictures_are_saved_as_the_suffix_says(tmp_path, suffix, start):
    save_png(curves("one_cycle", "cosine"), tmp_path / f"curves.{suffix}")
    save_summary_png(example_results(), tmp_path / f"summary.{suffix}")
    for name in ("curves", "summary"):
        assert (tmp_path / f"{name}.{suffix}").read_bytes().startswith(start)


def test_the_summary_has_the_size_a_readme_wants(tmp_path):
    from PIL import Image

    save_summary_png(example_results(), tmp_path / "summary.png")
    with Image.open(tmp_path / "summary.png") as picture:
        assert picture.size == (1500, 500)
        assert len(picture.convert("RGB").getcolors(1 << 20)) > 20


def test_a_summary_of_arms_that_were_not_tuned_leaves_the_tuning_out(tmp_path):
    save_summary_png(with_optimizers(["adam", "sgd"]), tmp_path / "summary.svg")
    assert (tmp_path / "summary.svg").read_text().count('<g id="axes_') == 2
    save_summary_png(example_results(), tmp_path / "summary.svg")
    assert (tmp_path / "summary.svg").read_text().count('<g id="axes_') == 3


def test_what_cannot_be_saved_says_the_way_out(tmp_path):
    with pytest.raises(LabError, match=r"png.*svg.*pdf"):
        save_png(curves("cosine"), tmp_path / "curves.bmp")
    with pytest.raises(LabError, match="name a file in a folder that exists"):
        save_png(curves("cosine"), tmp_path / "none" / "curves.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("change", [own_loop_results, all_diverged])
def test_the_summary_is_drawn_of_what_there_is(tmp_path, change):
    save_summary_png(change(example_results(confirm_seeds=10)), tmp_path / "summary.png")
    assert (tmp_path / "summary.png").stat().st_size
