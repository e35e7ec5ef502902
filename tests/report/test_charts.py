"""The numbers that a page's script draws."""

import json
from math import inf, nan

import numpy as np

from lrlab.report._charts import Chart, ChartAxis, ChartLine, ChartPanel, band_line, short_numbers
from lrlab.report._figures import EpochBand, epoch_bands
from lrlab.report._study_charts import LOSS_SCALE, PanelScale, epochs_chart
from support.results import example_results


def test_numbers_are_short_and_what_is_none_is_a_gap():
    assert short_numbers([1.0, 0.123456789, nan, inf, 1e-9]) == [1, 0.123457, None, None, 1e-9]
    assert json.dumps(short_numbers([2.0, 3.5])) == "[2, 3.5]"


def test_what_is_empty_is_not_written():
    chart = Chart([ChartPanel(ChartAxis("update"), ChartAxis(), [ChartLine("a", [0.0], [1.0])])])
    (panel,) = chart.to_json()["panels"]
    assert panel.pop("lines") == [{"label": "a", "x": [0.0], "y": [1.0], "kind": "line"}]
    assert panel == {"x": {"title": "update"}, "y": {}}


def test_an_interval_is_given_where_one_end_is_known():
    epochs, mean, none = np.array([1, 2]), np.array([0.5, 0.6]), np.array([nan, nan])
    assert band_line(EpochBand("a", epochs, mean, none, none)).low == ()
    half = band_line(EpochBand("a", epochs, mean, np.array([0.4, nan]), none), 100)
    assert (half.y, half.low, half.high) == ([50, 60], [40, None], [None, None])


def test_a_loss_is_logarithmic_and_the_worse_side_is_cut():
    bands = epoch_bands(example_results(), "train_loss")
    loss, score = epochs_chart(
        {"loss": bands, "score": bands}, {"loss": LOSS_SCALE, "score": PanelScale(100, "low", log=False)}
    ).panels
    assert (loss.y.log, loss.y.may_log, loss.y.bad) == (True, True, "high")
    assert (score.y.log, score.y.may_log, score.y.bad) == (False, False, "low")
    assert score.lines[0].y[0] == float(f"{100 * bands[0].mean[0]:.6g}")
