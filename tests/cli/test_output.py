"""What is shown: within the terminal's width, in letters it has, and each part whatever becomes of the others."""

import io
import json
import os
import re
import subprocess
import sys

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text
from typer.testing import CliRunner

from lrlab.api import Results, _results
from lrlab.cli._app import app
from lrlab.cli._output import break_lines, columns, print_json, say, spell_plainly
from lrlab.cli._show_results import show_results
from lrlab.errors import LabError, RunError, visible
from lrlab.report import _answers, lines_to_paste, mark
from lrlab.spec import Metric, run_key
from support.results import example_results

PARTS = ("answer_lines", "headline", "standing", "also_asked", "code_to_paste")


@pytest.fixture(scope="module")
def results():
    return example_results(confirm_seeds=10)


def fail(*_):
    raise ZeroDivisionError("a fault of\nmany lines")


def shown(results, page, capsys, as_json=False, code=True):
    """What is printed, and the error at the end, if any."""
    try:
        show_results(Results(results, page.with_name("records.db")), page, as_json, code=code)
    except LabError as error:
        return capsys.readouterr().out, error
    return capsys.readouterr().out, None


def test_a_page_that_fails_costs_no_word(results, tmp_path, capsys, monkeypatch):
    whole, _ = shown(results, tmp_path / "page.html", capsys)
    monkeypatch.setattr(_results, "write_page", fail)
    out, error = shown(results, tmp_path / "page.html", capsys)
    assert out == re.sub(r"\nThe whole report: .*\n", "", whole)
    assert isinstance(error, RunError)
    assert "page.html failed: ZeroDivisionError: a fault of many lines. Everything else was shown" in str(error)
    assert "lrlab report` shows it again" in str(error)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_fails_costs_neither_the_others_nor_the_page(results, tmp_path, capsys, monkeypatch, part):
    whole, _ = shown(results, tmp_path / "page.html", capsys)
    (tmp_path / "page.html").unlink()
    monkeypatch.setattr(_answers, part, fail)
    out, error = shown(results, tmp_path / "page.html", capsys)
    assert set(out.splitlines()) < set(whole.splitlines())
    assert len(out.splitlines()) > len(whole.splitlines()) / 4 or part == "code_to_paste"
    assert "The whole report" in out
    assert (tmp_path / "page.html").exists()
    assert str(error).count("failed") == 1


@pytest.mark.parametrize("part", ["answer", "lines_to_paste", "claim_sentence", "write_page"])
def test_json_has_every_part_that_there_is(results, tmp_path, capsys, monkeypatch, part):
    monkeypatch.setattr(_results if part == "write_page" else _answers, part, fail)
    out, error = shown(results, tmp_path / "page.html", capsys, as_json=True)
    found = json.loads(out)
    assert isinstance(error, RunError)
    assert [row["label"] for row in found["rows"]] == [row.label for row in results.rows]
    assert len(found["claims"]) == len(results.claims)
    assert (found["answer"] is None) == (part == "answer")
    assert (found["paste"] is None) == (part == "lines_to_paste")
    assert (tmp_path / "page.html").exists() == (part != "write_page")


def test_a_page_that_cannot_be_written_says_why_after_the_answer(results, tmp_path, capsys):
    (tmp_path / "page.html").mkdir()
    (tmp_path / "page.html" / "full").touch()
    out, error = shown(results, tmp_path / "page.html", capsys)
    assert lines_to_paste(results) in out
    assert "name a file in a folder that exists and can be written" in str(error)


@pytest.mark.parametrize(("variable", "width"), [("60", 60), ("120", 120), ("", None), ("wide", None), ("0", None)])
def test_the_width_is_that_of_the_terminal_or_of_columns(variable, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", variable)
    monkeypatch.setattr(os, "get_terminal_size", fail_as_a_pipe)
    assert columns() == width


def fail_as_a_pipe(_):
    raise OSError("no terminal")


@pytest.mark.parametrize("width", ["0", "1"])
def test_without_room_to_speak_of_the_answer_is_shown_all_the_same(results, tmp_path, capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", width)
    out, error = shown(results, tmp_path / "page.html", capsys, code=False)
    assert error is None
    assert out.count("Use cosine at peak") == 2
    assert "recommended" in out


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_the_table_fits_the_columns_it_is_given(results, tmp_path, capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    out, _ = shown(results, tmp_path / "page.html", capsys, code=False)
    rows = [line for line in out.splitlines() if line.startswith(" ")]
    assert max(map(cell_len, rows)) <= width
    assert sum("recommended" in row for row in rows) == 1
    assert ("No room for" in out) == (width <= 60)


def test_the_verdict_stands_first_and_last_and_code_only_where_it_is_asked_for(results, tmp_path, capsys):
    out, _ = shown(results, tmp_path / "page.html", capsys, code=False)
    code = Results(results, tmp_path / "records.db").code
    lines = out.splitlines()
    assert lines[0] == lines[-1] == "Use cosine at peak 0.1: 94.0 % test accuracy"
    assert lines[-2].endswith("page.html (--code prints the lines to paste)")
    assert code.lrlab not in out
    out, _ = shown(results, tmp_path / "page.html", capsys)
    assert out.splitlines()[-1] == lines[0]
    assert out.index(code.lrlab) < out.index(code.torch)


def test_without_a_terminal_sentences_are_one_line_each(results, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    out, _ = shown(results, tmp_path / "page.html", capsys)
    assert max(map(len, out.splitlines())) > 100


IN_A_TERMINAL = """
import fcntl, pathlib, struct, termios
from lrlab.api import Results, _results
from lrlab.cli._show_results import show_results
from support.results import example_results

_results.write_page = lambda *_: None
long = "warmup(span=5%)+multi_step(at=[10%, 20%, 30%, 40%, 50%], gamma=0.123456)"
results = example_results(schedules=("constant", long, "product(of=[cosine, linear])"), confirm_seeds=10)
for width in (60, 80, 100, 120, 200):
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    print(f"width {width}")
    show_results(Results(results, pathlib.Path("records.db")), pathlib.Path("page.html"), False, code=True)
"""


def test_on_a_terminal_no_line_is_longer_than_it_but_those_to_paste():
    ours, theirs = os.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"} | {"TERM": "dumb"}
    command = [sys.executable, "-c", IN_A_TERMINAL]
    process = subprocess.Popen(command, stdout=theirs, stderr=subprocess.PIPE, env=environment)
    os.close(theirs)
    said = b""
    while chunk := read(ours):
        said += chunk
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    os.close(ours)
    for part in said.decode().replace("\r\n", "\n").split("width ")[1:]:
        width, _, rest = part.partition("\n")
        words = rest.partition("\nfrom lrlab import")[0]
        assert "verdicts are adjusted for" in " ".join(words.split())
        assert max(map(cell_len, words.splitlines())) <= int(width)


@pytest.mark.parametrize("width", range(8, 40))
def test_a_number_and_its_per_cent_stay_on_one_line(width):
    text = Text("Chosen with 14 % of 30 seeds, 5 % at most, and 100 % sure", style="bold")
    lines = break_lines(text, Console(width=width), width).plain.split("\n")
    assert " ".join(lines) == "Chosen with 14 % of 30 seeds, 5 % at most, and 100 % sure"
    assert not any(line.startswith("%") for line in lines)
    assert max(map(len, lines)) <= width


def read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so where the other side is closed
        return b""


@pytest.mark.parametrize(
    "name", ["[red]err[/red]", ":smile: err", "[/]", "err\x1b[31m", "err\x07", "\u202eerr", "誤差 %", "a  b"]
)
def test_what_names_hold_is_shown_and_not_obeyed(tmp_path, capsys, name):
    results = example_results(metric=Metric(name=name, higher_is_better=False), classes=None, confirm_seeds=10)
    out, error = shown(results, tmp_path / "page.html", capsys)
    assert error is None
    assert not {"\x1b", "\x07", "\u202e"} & set(out)
    clean = " ".join(visible(name).split())
    assert out.count(clean) >= 2


def test_an_output_that_lacks_a_letter_shows_another(tmp_path, monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    spell_plainly()
    say("a difference of \N{MINUS SIGN}0.3 … é")
    sys.stdout.flush()
    assert raw.getvalue() == b"a difference of -0.3 ... ?\n"


def test_a_page_has_its_own_place_or_the_one_it_is_given(results, tmp_path):
    asked = Results(results, tmp_path / "records.db")
    data = results.confirmed[0].trial.data
    page = tmp_path / f"{results.study.name}-{run_key(results.study, data)}.html"
    assert asked.free_page() == page
    assert asked.page() == page
    assert asked.free_page() == page  # its own is written again
    page.write_text(f'<meta name="study" content="{mark(results.study, "other data")}">')
    assert asked.free_page().name == f"{page.stem}-2.html"
    assert asked.page(tmp_path / "given.html") == tmp_path / "given.html"
    done = CliRunner().invoke(app, ["report", "--page", str(tmp_path / "none" / "page.html")])
    assert done.exit_code == 2
    assert "for the report; make it, or give another --page" in " ".join(done.stderr.replace("\u2502", " ").split())


@pytest.mark.parametrize("value", [{"task": "é.py:task"}, {"dash": "\N{MINUS SIGN}1"}, ["\N{GREEK SMALL LETTER PI}"]])
def test_json_is_ascii_and_loses_no_letter(value, capsys):
    print_json(value)
    printed = capsys.readouterr().out
    assert printed.isascii()
    assert json.loads(printed) == value
