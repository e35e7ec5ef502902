import pytest

from lrlab.errors import StudyError, UnknownName
from lrlab.spec import dump_study, load_study, make_study

GOOD = """\
name: my-study
task: digits/convnet
budget: 5 epochs
schedules:
  - constant
  - {name: step, every: 2 epochs, gamma: 0.5}
  - warmup(span=5%)+cosine
optimizer: adamw
tune:
  peaks: [1e-3, 0.01]   # YAML 1.1 reads 1e-3 as text
  seeds: 2
confirm:
  seeds: [7, 8, 9]
"""

BAD = """\
name: my study
task: digits/convnets
budget: 5
schedules: [constant, cosin, "step(every=3)"]
optimizer: {name: sgd, nestrov: true}
batch_size: 0
tune:
  peaks: [0.1, -1]
  seeds: 2
  seeds: 3
confirm:
  seeds: [1, 1]
colour: red
"""


def write(tmp_path, text):
    path = tmp_path / "study.yaml"
    path.write_text(text)
    return path


def test_a_study_file_is_read(tmp_path):
    study = load_study(write(tmp_path, GOOD))
    assert study.labels == ("constant", "step(gamma=0.5, every=2 epochs)", "warmup(span=5%)+cosine")
    assert study.tune.peaks == (0.001, 0.01)
    assert study.optimizer.name == "adamw"


def test_yaml_there_and_back_is_the_same_study(tmp_path):
    study = load_study(write(tmp_path, GOOD))
    again = load_study(write(tmp_path, dump_study(study)))
    assert again == study
    assert again.key == study.key


def unknown_task(name):
    raise UnknownName("task", name, ["digits/convnet"])


def test_every_mistake_is_listed_with_its_line(tmp_path):
    path = write(tmp_path, BAD)
    with pytest.raises(StudyError) as caught:
        load_study(path, {"task": unknown_task})
    lines = str(caught.value).splitlines()
    expected = [
        ":1: name: a name is 1 to 80 letters",
        ":2: task: unknown task 'digits/convnets'; did you mean digits/convnet?",
        ":3: budget: a span needs a number and its unit, but got 5",
        ":4: schedules.1: unknown schedule 'cosin'; did you mean cosine",
        ":4: schedules.2: ",
        ":5: optimizer.nestrov: no such field; did you mean nesterov?",
        ":6: batch_size: input should be greater than or equal to 1, but got 0",
        ":8: tune.peaks.1: a peak rate must lie in (0, 1000]",
        ":10: tune.seeds: given twice",
        ":11: confirm: seeds must differ",
        ":13: colour: no such field; known: name, title, task",
    ]
    assert len(lines) == len(expected)
    for line, start in zip(lines, expected, strict=True):
        assert line.startswith(f"{path}{start}"), line


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [1, 2", "study.yaml:1: not YAML"),
        ("- a\n- b\n", "study.yaml:1: a study file is a mapping"),
        ("", "study.yaml:1: a study file is a mapping"),
        ("name: x\n", "study.yaml:1: budget: must be given"),
        ("name: x\nconfirm: {seeds: 2.0}\n", "input should be a valid list, but got 2.0; write 2"),
        ("name: x\nbatch_size: 8.5\n", "study.yaml:2: batch_size: "),
        ("name: x\ntune: {peaks: [1%]}\n", "input should be a number, but got '1%'; write 0.01"),
        ("name: x\ntune: 3\n", "study.yaml:2: tune: input should be a valid dictionary"),
        ("name: x\ntask: 5\n", "study.yaml:2: task: input should be a valid string, but got 5"),
    ],
)
def test_what_is_no_study_says_so(tmp_path, text, message):
    with pytest.raises(StudyError, match=r"(?s)" + message.replace("(", r"\(")) as caught:
        load_study(write(tmp_path, text), {"task": unknown_task})
    first, *_ = str(caught.value).splitlines()
    assert first.count("study.yaml") == 1


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(StudyError, match=r"cannot read the study file .*nothing.yaml: No such file"):
        load_study(tmp_path / "nothing.yaml")


def test_a_binary_file_says_so(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(StudyError, match=r"cannot read the study file"):
        load_study(path)


def test_a_study_made_in_code_lists_its_mistakes_too():
    with pytest.raises(StudyError) as caught:
        make_study({"name": "x", "task": "t", "schedules": ["cosin"], "budget": "5", "tune": {"peaks": [0]}})
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "schedules.0",
        "budget",
        "tune.peaks.0",
    ]
