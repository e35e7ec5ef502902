"""What the documents say is true: their code runs, their commands exist, their numbers are in a file."""

import importlib.util
import json
import re
import shlex
from contextlib import redirect_stdout
from io import StringIO
from operator import attrgetter

import pytest
import yaml

from lrlab.spec import Tune
from support.documents import ROOT, blocks, commands, run

README = (ROOT / "README.md").read_text(encoding="utf-8")
BESIDE = ("mlflow", "trackio")  # extras that hold back what others need: tried by hand, as docs/trackers.md says


README_COMMANDS = commands("README.md")
TASKS = commands("docs/tasks.md")
NEED_DATA = [line for line in TASKS if "--data-dir" in line]
QUICK = [line for line in README_COMMANDS if re.search(r"lrlab (list|show|doctor|judge|report \w|plan --)", line)]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A folder with the examples and the kept results, as a clone has them."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("examples", "results"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def test_every_command_of_the_readme_starts_with_the_installed_lrlab():
    assert len(README_COMMANDS) >= 7
    assert all(line.startswith(".venv/bin/lrlab ") for line in README_COMMANDS)


@pytest.mark.parametrize("line", QUICK)
def test_quick_commands_of_the_readme_run(line, checkout):
    run(line, checkout)


@pytest.mark.slow
def test_the_other_commands_of_the_readme_run_one_after_the_other(checkout):
    said = {"find": "suggestion", "plan": "trainings"}
    for line in README_COMMANDS:
        verb = line.split()[1]
        if line not in QUICK and verb != "verify":
            # Half of the budget: the same path, with less waiting, and room for a machine that does much else.
            short = line.replace("--budget 90s", "--budget 45s").replace("--budget 60s", "--budget 45s")
            assert said.get(verb, "on test data") in run(short, checkout)


@pytest.mark.slow
@pytest.mark.parametrize("line", [line for line in README_COMMANDS if "lrlab verify" in line])
def test_the_readmes_task_and_loop_are_verified(line, checkout):
    printed = run(line, checkout)
    if "loop.py" in line:
        assert all(finding.startswith("fine") for finding in printed.splitlines() if finding)
    else:
        assert_equal(printed)


@pytest.mark.slow
def test_the_commands_that_need_images_run(checkout, real_data, tmp_path, monkeypatch):
    monkeypatch.setenv("LRLAB_CACHE", str(tmp_path))
    assert len(NEED_DATA) == 2
    for line in NEED_DATA:
        line = line.replace("FOLDER", shlex.quote(str(real_data)))
        if "lrlab verify" in line:
            assert_equal(run(line, checkout))
        else:
            # An epoch of few images and few seeds: the same path, without the waiting.
            few = line.replace("convnet", "'convnet(images=640)'")
            assert "on test data" in run(f"{few} --epochs 1 --tuning-seeds 1 --seeds 2", checkout)


@pytest.mark.slow
@pytest.mark.parametrize("line", [line for line in TASKS if "--data-dir" not in line])
def test_the_commands_on_built_in_tasks_run(line, checkout, tmp_path):
    few = re.sub(r"--epochs \d+", "--updates 6 --peaks 0.01 --tuning-seeds 1 --seeds 2", line)
    assert "on test data" in run(f"{few} --store {tmp_path}/few.db", checkout)


def assert_equal(printed):
    verdicts = [line for line in printed.splitlines() if "largest deviation" in line]
    assert len(verdicts) == 3
    assert all(": equal;" in verdict for verdict in verdicts)


def test_the_readmes_table_is_the_one_that_was_measured():
    shown = re.search(r"<!-- table: demo -->\n(.*)<!-- end -->", README, re.DOTALL)
    assert shown is not None
    assert shown[1].count("\n") >= 10
    assert shown[1] in (ROOT / "benchmarks" / "results" / "demo.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "document", ["README.md", "docs/own-task.md", "docs/objectives.md", "docs/rules.md", "docs/find.md"]
)
def test_python_in_the_documents_runs(document, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    space = {}
    for block in blocks((ROOT / document).read_text(encoding="utf-8"), "python"):
        if "lrlab.compare(" not in block:  # run below
            exec(block, space)
    if "task" in space:
        assert space["task"]().classes == 3
        import numpy as np

        inputs = np.random.default_rng(0).normal(size=(20, 20))
        assert space["regression"](inputs, inputs[:, :1], space["model"]).metric.name == "mean absolute error"
    if "texts" in space:
        import numpy as np
        import torch

        ids = np.random.default_rng(0).integers(0, 5, size=(20, 9))
        metrics = space["texts"](ids, torch.nn.Identity).objective.metrics
        assert metrics[2].name == "bits_per_character"
        assert space["amounts"](ids, ids[:, 0] / 2, torch.nn.Identity).objective.metrics[0].unit == "mg/dl"


@pytest.mark.slow
def test_the_page_on_judging_does_and_says_what_it_shows(tmp_path, monkeypatch):
    """Block by block: tables are written, commands end as they say, what they print is what stands below them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").symlink_to(ROOT / "results")
    text = (ROOT / "docs" / "judge.md").read_text(encoding="utf-8")
    space, said, shown = {}, "", 0
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        match language:
            case "csv":
                (tmp_path / "runs.csv").write_text(block, encoding="utf-8")
            case "python":
                with redirect_stdout(StringIO()) as printed:
                    exec(block, space)
                said = printed.getvalue()
            case "bash":
                codes = {line: re.search(r"# exit code (\d)", line) for line in block.splitlines()}
                said = " ".join(run(line, tmp_path, int(code[1]) if code else 0) for line, code in codes.items())
            case "text":
                for line in block.splitlines():
                    assert line in " ".join(said.split())
                    shown += 1
            case _:
                assert block == (ROOT / "examples" / "judge" / "action.yml").read_text(encoding="utf-8")
    assert shown >= 6
    assert (tmp_path / "judged.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize("document", ["README.md", "docs/python.md"])
def test_comparisons_asked_in_the_documents_run(document, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    asked = [block for block in blocks((ROOT / document).read_text(encoding="utf-8"), "python") if 'compare("' in block]
    assert len(asked) == 1
    exec(asked[0].replace('budget="60s"', "epochs=1, seeds=4"), {})
    assert "on test data" in capsys.readouterr().out
    assert [page.name[:22] for page in (tmp_path / "lrlab-results").glob("*.html")] == ["compare-digits-convnet"]


@pytest.mark.slow
def test_the_searches_of_their_document_run(tmp_path, monkeypatch, capsys):
    pytest.importorskip("optuna")
    page = (ROOT / "docs" / "search.md").read_text(encoding="utf-8")
    (call,), lines = blocks(page, "python"), "".join(blocks(page, "bash")).splitlines()
    monkeypatch.chdir(tmp_path)
    exec(call, {})
    assert "warmup+cosine warmup(span=" in capsys.readouterr().out
    assert len(lines) == 3
    for line in lines:  # the same path, without the waiting
        short = re.sub(r" --(budget|trials|epochs) \w+", "", line)
        assert "on test data" in run(f"{short} --trials 10 --epochs 4 --seeds 4", tmp_path)
    fields = yaml.safe_load("".join(blocks(page, "yaml")))["tune"]
    assert Tune(**fields).search.trials == 30


@pytest.mark.slow
def test_the_range_test_of_its_document_runs(tmp_path):
    (line,) = "".join(blocks((ROOT / "docs" / "find.md").read_text(encoding="utf-8"), "bash")).splitlines()
    assert "Suggested rate: " in run(f"{line} --updates 40", tmp_path)
    assert (tmp_path / "rates.png").exists()


def program(path):
    """A program of the repository, as a module."""
    found = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_page_of_the_door_is_what_its_docstrings_say():
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    assert text == program(ROOT / "docs" / "make_python.py").page(), "run `python docs/make_python.py`"


def test_the_tutorials_page_is_its_notebook():
    for name, text in program(ROOT / "docs" / "make_tutorial.py").pages().items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == text, "run `python docs/make_tutorial.py --page`"


def test_the_advice_on_schedules_shows_what_was_measured():
    known = json.loads((ROOT / "benchmarks" / "results" / "choose.json").read_text(encoding="utf-8"))
    choose = program(ROOT / "benchmarks" / "choose.py")
    text = (ROOT / "docs" / "choose.md").read_text(encoding="utf-8")
    assert set(known) == set(choose.CASES) == set(re.findall(r"<!-- case: (\S+) -->", text))
    assert text == choose.with_tables(text, known), "run `python benchmarks/choose.py --pages`"


def test_the_benchmark_of_the_judge_says_what_the_judge_says():
    kept = (ROOT / "benchmarks" / "results" / "judge.md").read_text(encoding="utf-8")
    assert kept.endswith(program(ROOT / "benchmarks" / "judge.py").answers()), "run `benchmarks/judge.py --answers`"


def test_the_advice_on_language_quotes_the_kept_answer():
    text = (ROOT / "docs" / "choose.md").read_text(encoding="utf-8")
    answer = (ROOT / "results" / "gpt-schedules" / "answer.txt").read_text(encoding="utf-8")
    quoted = re.findall(r"^\| ((?:warmup\+)?\w+) \| ([\d.]+) \| (1\.\d{3}) \|", text, re.MULTILINE)
    assert len(quoted) == 5
    for schedule, peak, loss in quoted:
        label = re.escape(schedule.replace("warmup+", "warmup(span=5%)+"))
        assert re.search(rf"^ {label} +\S+ +{re.escape(peak)} +{re.escape(loss)} ", answer, re.MULTILINE), schedule


def test_assistants_are_told_of_what_there_is():
    import lrlab

    skill, listed = ((ROOT / name).read_text(encoding="utf-8") for name in ("SKILL.md", "llms.txt"))
    assert skill.startswith("---\nname: lrlab\ndescription: ")
    addresses = re.findall(r"\]\(([^)]+)\)", skill + listed)
    assert len(addresses) > 30
    assert [address for address in addresses if not (ROOT / address).is_file()] == []
    names = re.findall(r"`@?lrlab\.([\w.]+)", skill + listed)
    assert len(names) >= 5
    for name in names:
        attrgetter(name)(lrlab)


@pytest.mark.slow
def test_what_assistants_are_told_to_run_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (code,) = blocks((ROOT / "SKILL.md").read_text(encoding="utf-8"), "python")
    exec(code, {})
    assert "test accuracy" in capsys.readouterr().out


def test_the_page_on_plans_shows_what_is_printed(tmp_path):
    page = (ROOT / "docs" / "plan.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```bash\n(.*)\n```\n\n```text\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert run(shown[0], tmp_path) == shown[1]


@pytest.mark.slow
def test_the_other_plan_of_that_page_is_made(tmp_path):
    page = (ROOT / "docs" / "plan.md").read_text(encoding="utf-8")
    commands = [line for block in blocks(page, "bash") for line in block.splitlines()]
    assert len(commands) == 2
    assert re.match(r"Take (10|30) seeds \(", run(f"{commands[1]} --workers 1", tmp_path))  # 30 where that is quick


def test_the_example_study_is_read():
    from lrlab.spec import load_study

    assert len(load_study(ROOT / "examples" / "study.yaml").schedules) == 4
    assert load_study(ROOT / "examples" / "arms.yaml").labels == ("adam", "annealed sgd")


def test_the_manual_has_every_verb_and_option():
    import typer

    from lrlab.cli import app

    manual = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    commands = typer.main.get_command(app).commands
    for verb, command in commands.items():
        assert f"## lrlab {verb} " in manual
        assert f"`$ lrlab {verb} " in manual
        for parameter in command.params:
            for option in [word for word in parameter.opts if word.startswith("--") and word != "--help"]:
                assert f"`{option}" in manual, f"{verb} {option}"


def test_the_table_of_models_has_every_model_with_its_counts():
    from lrlab.models import MODELS

    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    for name, factory in MODELS.items():
        assert f"| `{name}` |" in page
        for count in re.findall(r"([\d,]+)\s+(?:parameters|multiply-adds)", factory.__doc__ or ""):
            assert f"| {count} |" in page, f"{name} {count}"


def test_the_page_on_the_engine_has_every_layout_and_the_bounds():
    from lrlab.engine import COMPILED, LAYOUTS
    from lrlab.engine._layouts._modules import ELEMENTWISE, MODULES
    from lrlab.engine._noise import KeyedDropout

    page = (ROOT / "docs" / "engine.md").read_text(encoding="utf-8")
    assert all(f"| `{layout}` |" in page for layout in (*LAYOUTS, *COMPILED))
    layers = [layer for layer in MODULES if layer not in (*ELEMENTWISE, KeyedDropout)]
    named = [layer.__name__ for layer in layers if not re.search("Pool|ReLU$", layer.__name__)]
    assert [name for name in named if f"`{name}`" not in page] == []
    assert "1e-9 in float64, 1e-5 in float32" in page


def test_ci_calls_the_readmes_test_command():
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "`make test`" in README


def test_constraints_pin_what_pyproject_asks_for():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = {
        line.partition("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line
    }
    extras = {name: needs for name, needs in project["optional-dependencies"].items() if name not in BESIDE}
    asked = [*project["dependencies"], *(need for needs in extras.values() for need in needs)]
    names = {re.split(r"[<>=\[ ]", need)[0].lower() for need in asked}
    assert names - {name.replace("_", "-") for name in pinned} == set()


def test_the_readme_counts_the_schedules():
    from lrlab.schedules import SCHEDULES

    assert f"all {len(SCHEDULES)} of them" in README
    assert f"- {len(SCHEDULES)} schedules" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
