"""What is printed for names that a terminal library could misread."""

from lrlab.api import Results
from lrlab.cli._show_results import show_results
from support.results import example_results


def test_brackets_in_a_schedules_name_are_printed_as_they_are(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    name = "product(of=[cosine, linear])"
    store = tmp_path / "records.db"
    results = Results(example_results(schedules=("constant", name)), store)
    show_results(results, tmp_path / "page.html", as_json=False)
    out = capsys.readouterr().out
    assert any(line.strip().startswith(f"{name}  ") for line in out.splitlines())  # in the table
    assert f"{name} at " in out  # in the answer or a claim
