"""A study where a task is asked for, a task where a study is, and no schedules: the line to type."""

import pytest

import lrlab
from lrlab.errors import StudyError, TaskError, UnknownName


@pytest.mark.parametrize("name", ["demo", "Initial_Rate"])
@pytest.mark.parametrize("ask", [lrlab.compare, lrlab.plan, lambda task, _: lrlab.find(task)])
@pytest.mark.parametrize("schedules", [[], ["constant"]])
def test_a_study_is_no_task(ask, name, schedules):
    plain = name.lower().replace("_", "-")
    with pytest.raises(StudyError, match=rf'{plain} is a study and .*: lrlab run {plain} \(lrlab.run\("{plain}"\)\)'):
        ask(name, schedules)


def test_a_task_is_no_study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("task = None\n")
    for name in ("digits/mlp", "mine.py:task"):
        with pytest.raises(
            StudyError, match=f"{name} is a task and no study; .*: lrlab compare {name} constant cosine"
        ):
            lrlab.run(name)
    for name in ("demmo", "digits/mpl", "none.py:task"):
        with pytest.raises(UnknownName, match="unknown study"):
            lrlab.run(name)


@pytest.mark.parametrize("verb", ["compare", "plan"])
def test_a_task_without_schedules_gets_the_line_to_type(verb, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ask = getattr(lrlab, verb)
    line = rf'write lrlab {verb} digits/mlp constant cosine \(lrlab.{verb}\("digits/mlp", \["constant", "cosine"\]\)\)'
    with pytest.raises(StudyError, match=f"no schedule is named for digits/mlp; {line}"):
        ask("digits/mlp", [])
    with pytest.raises(UnknownName, match="did you mean digits/mlp"):
        ask("digits/mpl", [])
    with pytest.raises(TaskError, match=r"there is no file none\.py"):
        ask("none.py:task", [])
    assert list(tmp_path.iterdir()) == []
