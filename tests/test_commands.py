"""Every command of every page: lrlab takes it as it is written, and those of no other test run."""

import re
import shlex

import pytest
import typer

from lrlab.cli import app
from support.documents import ROOT, blocks, commands, run

PAGES = sorted(["README.md", "SKILL.md", "llms.txt", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))])
SHORT = " --epochs 2 --tuning-seeds 1 --seeds 8 --peaks 0.03,0.1"


def in_blocks(page):
    """The commands of a page's blocks."""
    lines = (line.strip() for line in commands(page))
    return [line[line.index("lrlab ") :] for line in lines if re.match(r"(\.venv/bin/)?lrlab ", line)]


def in_text(page):
    """Commands, or beginnings of them, between the words of a page."""
    text = re.sub(r"^```.*?^```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [
        line
        for line in re.findall(r"`(?:\$ )?(lrlab [a-z][^`]+)`", text)
        if not line.startswith("lrlab list schedules|")
    ]


def found(line):
    """The command that a line names, and its other words. Raises UsageError where there is none."""
    group, words = typer.main.get_command(app), shlex.split(line, comments=True)[1:]
    _, command, rest = group.resolve_command(typer.Context(group), words)
    if hasattr(command, "commands") and rest:
        _, command, rest = command.resolve_command(typer.Context(command), [word.strip(",") for word in rest])
    return command, rest


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_taken_as_it_is_written(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    for line in in_blocks(page):
        command, rest = found(line)
        context = typer.Context(command)
        command.parse_args(context, rest)  # raises for an option that there is not, and for what is missing
        assert context.args == [], line
    for line in in_text(page):
        command, rest = found(line)
        options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        named = {word.partition("=")[0].strip("[]") for word in rest if word.startswith(("--", "[--"))}
        assert named <= options, line


def test_commands_are_found_in_the_pages():
    assert sum(len(in_blocks(page)) for page in PAGES) > 40
    assert sum(len(in_text(page)) for page in PAGES) > 40


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A folder in which the demo was run."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "examples").symlink_to(ROOT / "examples")
    run("lrlab run demo", folder)
    return folder


@pytest.mark.slow
def test_the_first_page_runs(demo):
    lines = [line for line in commands("docs/start.md") if line != "lrlab run demo"]
    assert len(lines) >= 5
    for line in lines:
        assert run(line.replace("--budget 60s", SHORT), demo).strip()
    assert (demo / "curves.png").exists()


@pytest.mark.slow
def test_what_lies_beyond_one_number_is_told_as_its_page_says(demo, monkeypatch, capsys):
    monkeypatch.chdir(demo)
    _, line = commands("docs/beyond.md")
    told = run(line, demo)
    assert "How much the peak matters" in told
    (code,) = blocks((ROOT / "docs" / "beyond.md").read_text(encoding="utf-8"), "python")
    exec(code, {})
    assert "How much the peak matters" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("page", ["halving", "transfer", "own-task"])
def test_comparisons_of_other_pages_run(page, tmp_path):
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    if page == "own-task":
        (tmp_path / "mine.py").write_text(blocks(text, "python")[0], encoding="utf-8")
    lines = commands(f"docs/{page}.md")
    short = re.sub(r" --(budget|epochs|tuning-seeds) \w+", "", lines[0]).replace(
        "width=1/2,2; budget=1/2,2", "width=1/2"
    )
    more = SHORT.replace("tuning-seeds 1", "tuning-seeds 2").replace("epochs 2", "epochs 4")
    assert "on test data" in run(short + (more if page == "halving" else SHORT), tmp_path)


@pytest.mark.slow
def test_a_tracker_is_written_to_as_its_page_says(tmp_path):
    pytest.importorskip("tensorboardX")
    line = commands("docs/trackers.md")[0]
    assert "on test data" in run(line + SHORT, tmp_path)
    assert list(tmp_path.rglob("events.out.tfevents*"))


def test_quick_commands_of_other_pages_run(tmp_path):
    (tmp_path / "results").symlink_to(ROOT / "results")
    assert run(commands("docs/rules.md")[0], tmp_path).strip()
    report = next(line for line in commands("docs/studies.md") if "report" in line)
    assert run(report, tmp_path).strip()
    assert (tmp_path / "decay-curves.html").exists()
