"""The reports of a trial, and what they cost."""

import pytest

from lrlab.loops._reports import Report, Reports


class Counted(dict):
    """Values that count how often somebody goes over their names."""

    gone_over = 0

    def __iter__(self):
        Counted.gone_over += 1
        return super().__iter__()


def report_each(reports, count):
    for number in range(1, count + 1):
        report = Report(number, None, Counted(train_loss=0.5, validation_loss=0.5, validation_error=number))
        reports.add(report)
        assert reports.epoch_of(report).validation_score == number


def test_each_report_is_gone_over_once_however_many_there_are():
    Counted.gone_over = 0
    reports = Reports(None)
    report_each(reports, 50)
    assert [epoch.validation_score for epoch in reports.epochs()] == list(range(1, 51))
    assert reports.known_metric() == "error"
    assert Counted.gone_over == 50


@pytest.mark.parametrize("again", [{"epoch": 3}, {"epoch": None, "made": 3}])
def test_names_that_only_a_report_made_before_had_are_forgotten_with_it(again):
    reports = Reports(None)
    for number in (1, 2):
        reports.restore(Report(number, number, {"validation_loss": 0.5}))
    reports.restore(Report(3, 3, {"validation_loss": 0.5, "validation_error": 0.25}))
    assert reports.known_metric() == "error"
    reports.resumed = True
    assert reports.number_of(**again) == 3
    assert len(reports.rows) == 2
    assert reports.known_metric() == "loss"


def test_a_note_of_a_later_attempt_takes_the_place_of_those_from_its_number_on():
    reports = Reports(None)
    for number in (1, 2, 3, 2):
        reports.restore(Report(number, None, {"validation_loss": float(number)}, made=number % 2))
    assert [row.number for row in reports.rows] == [1, 2]
    assert reports.any_made
    reports.restore(Report(1, None, {"validation_loss": 1.0}))
    assert not reports.any_made
