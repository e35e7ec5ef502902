"""What `--figures` draws is what the answer beside it says."""

from typer.testing import CliRunner

from lrlab import api
from lrlab.cli import app
from support.results import example_results


def test_figures_have_the_target_of_the_page(tmp_path, monkeypatch):
    drawn = {}
    monkeypatch.setattr(api, "load", lambda *_, **__: api.Results(example_results(confirm_seeds=5), tmp_path / "s.db"))
    monkeypatch.setattr(api.Results, "figures", lambda self, folder, target=None: drawn.update({folder: target}) or [])
    monkeypatch.setattr("lrlab.cli._show_results.write_index", lambda *_, **__: tmp_path / "index.html")
    words = ["report", "--store", str(tmp_path / "s.db"), "--figures", str(tmp_path / "out")]
    words += ["--page", str(tmp_path / "page.html")]
    for target, asked in ((0.7, ["--target", "0.7"]), (None, [])):
        done = CliRunner().invoke(app, [*words, *asked])
        assert done.exit_code == 0, done.output
        assert drawn == {tmp_path / "out": target}
    assert "Figures and their numbers" in done.output
