import numpy as np
import pytest
import torch
from torch import nn

from lrlab.errors import TaskError, UnknownName
from lrlab.tasks import TASKS, Task, get, resolve
from support.tasks import BLOBS_FILE, blobs, line

X, Y = np.random.default_rng(0).normal(size=(20, 4)), np.arange(20) % 3


def model():
    return nn.Linear(4, 3)


DIGITS = ("digits/convnet", "digits/mlp")


@pytest.mark.parametrize("name", DIGITS)
def test_the_digits_fit_their_models(name):
    task = get(name)
    assert [len(split.inputs) for _, split in task.splits()] == [1000, 297, 500]
    assert task.classes == 10
    assert task.train.inputs.dtype == torch.float32
    assert 0 <= task.train.inputs.min() <= task.train.inputs.max() <= 1


def test_the_digits_are_all_there_and_no_image_is_in_two_splits():
    from sklearn.datasets import load_digits

    task = get("digits/mlp")
    images = torch.cat([split.inputs for _, split in task.splits()]).flatten(1).double().numpy() * 16
    labels = torch.cat([split.labels for _, split in task.splits()]).numpy()
    rows = sorted(map(tuple, np.column_stack([images, labels])))
    original = load_digits()
    assert rows == sorted(map(tuple, np.column_stack([original.data, original.target])))


def test_the_split_is_pinned():
    # Another split is another protocol: records made before would no longer be comparable.
    assert get("digits/mlp").fingerprint == get("digits/convnet").fingerprint == "e044c7289eb6116d"


def test_parameter_counts_are_as_documented():
    counts = {name: sum(p.numel() for p in get(name).model().parameters()) for name in DIGITS}
    assert counts == {"digits/convnet": 1898, "digits/mlp": 3466}
    for name, count in counts.items():
        assert f"{count:,} parameters" in (TASKS[name].__doc__ or "")


def test_names_take_dashes_underscores_and_capitals():
    assert resolve("Digits/ConvNet").name == "digits/convnet"
    with pytest.raises(UnknownName, match="unknown task 'digits/convnets'; did you mean digits/convnet"):
        resolve("digits/convnets")


def test_one_set_of_arrays_is_split_in_three():
    task = Task.from_arrays(model=model, inputs=X, labels=Y)
    assert [len(split.labels) for _, split in task.splits()] == [12, 4, 4]
    again = Task.from_arrays(model=model, inputs=torch.tensor(X), labels=torch.tensor(Y))
    assert task.fingerprint == again.fingerprint


def test_a_task_may_have_no_validation_data():
    parts = {"train": (X[:10], Y[:10]), "test": (X[10:], Y[10:])}
    task = Task(model=model, validation=None, **parts)
    assert [name for name, _ in task.splits()] == ["train", "test"]
    assert task.validation is None
    assert task.classes == 3
    small = task.with_model(lambda: nn.Linear(4, 5)).head(train=2, validation=1, test=3)
    assert [(name, len(split.labels)) for name, split in small.splits()] == [("train", 2), ("test", 3)]
    assert small.validation is None
    assert task.to("cpu") is task
    assert task.to("meta").validation is None
    assert task.fingerprint != Task(model=model, validation=parts["test"], **parts).fingerprint
    with pytest.raises(TaskError, match="the inputs of all splits must have one shape"):
        Task(model=model, train=parts["train"], validation=None, test=(X[:, :2], Y))


def test_a_task_of_ones_own_without_validation_data_is_checked(tmp_path):
    text = "import numpy as np\nfrom torch import nn\nfrom lrlab import Task\n"
    text += "X, Y = np.zeros((20, 4)), np.arange(20) % 3\n"
    for name, width in (("good", 4), ("bad", 5)):
        text += f"{name} = Task(model=lambda: nn.Linear({width}, 3), train=(X, Y), validation=None, test=(X, Y))\n"
    (tmp_path / "bare.py").write_text(text)
    assert get(resolve(f"{tmp_path}/bare.py:good").where).validation is None
    with pytest.raises(TaskError, match="the model cannot take inputs of shape"):
        get(resolve(f"{tmp_path}/bare.py:bad").where)


def test_a_task_does_not_change_with_the_users_array():
    inputs = X.copy()
    task = Task.from_arrays(model=model, inputs=inputs, labels=Y)
    before = task.train.inputs.clone()
    inputs[:] = 0
    assert torch.equal(task.train.inputs, before)


def test_the_fingerprint_sees_every_value_and_the_version():
    base = Task.from_arrays(model=model, inputs=X, labels=Y).fingerprint
    changed = X.copy()
    changed[13, 2] += 1
    others = [
        Task.from_arrays(model=model, inputs=changed, labels=Y),
        Task.from_arrays(model=model, inputs=X, labels=(Y + 1) % 3),
        Task.from_arrays(model=model, inputs=X, labels=Y, version="2"),
    ]
    assert len({base, *(task.fingerprint for task in others)}) == 4


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"labels": Y[:10]}, "as many labels, but got 20 and 10"),
        ({"inputs": X[:5], "labels": Y[:5]}, "at least 10 inputs"),
        ({"inputs": np.where(X[3, 1] == X, np.nan, X)}, "not finite"),
        ({"labels": Y - 1}, "count classes from 0, but the lowest is -1"),
        ({"labels": Y + 0.5}, "need a loss"),
        ({"labels": np.array([1j] * 20)}, "must be an array of numbers, text or booleans, but got complex128"),
        ({"inputs": np.array([["a"]] * 20)}, "inputs must be an array of numbers"),
        ({"score": lambda o, y: 0.0}, "metric and score belong together"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(fields, message):
    with pytest.raises(TaskError, match=message):
        Task.from_arrays(**({"model": model, "inputs": X, "labels": Y} | fields))


def test_splits_of_different_shapes_are_refused():
    with pytest.raises(TaskError, match="one shape"):
        Task(model=model, train=(X, Y), validation=(X[:, :2], Y), test=(X, Y))
    with pytest.raises(TaskError, match="train must be a pair"):
        Task(model=model, train=X, validation=(X, Y), test=(X, Y))


USER = """
import numpy as np
from torch import nn
from lrlab import Task
X = np.random.default_rng(0).normal(size=(20, 4)); Y = np.arange(20) % 3
def make(model, **others): return Task.from_arrays(model=model, inputs=X, labels=Y, **others)
def good(): return make(lambda: nn.Linear(4, 3))
ready = good()
def narrow(): return make(lambda: nn.Linear(4, 2))
def misfit(): return make(lambda: nn.Linear(5, 3))
def untrainable(): return make(lambda: nn.Identity())
def no_module(): return make(lambda: 3)
def broken_model(): return make(lambda: nn.Linear("x", 3))
def tuple_output():
    class Pair(nn.Module):
        def __init__(self): super().__init__(); self.inner = nn.Linear(4, 3)
        def forward(self, x): return self.inner(x), x
    return make(Pair)
def vector_loss(): return make(lambda: nn.Linear(4, 3), loss=lambda o, y: o.sum(1))
def bad_loss(): return make(lambda: nn.Linear(4, 3), loss=lambda o, y: o.nothing)
def failing(): return {}["key"]
number = 5
"""


@pytest.fixture
def user_file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(USER)
    return path


def test_a_users_task_is_named_without_its_path(user_file, monkeypatch):
    place = resolve(f"{user_file}:good")
    assert place.name == "mine:good"
    assert get(place.where).classes == 3
    monkeypatch.chdir(user_file.parent)
    assert resolve("mine.py:good") == place


def test_a_users_task_may_be_an_object_or_a_function(user_file):
    assert get(resolve(f"{user_file}:ready").where).classes == 3


def test_the_fingerprint_covers_the_users_source(user_file, tmp_path):
    before = get(resolve(f"{user_file}:good").where).fingerprint
    other = tmp_path / "elsewhere" / "mine.py"
    other.parent.mkdir()
    other.write_text(USER)
    assert get(resolve(f"{other}:good").where).fingerprint == before
    changed = tmp_path / "changed" / "mine.py"
    changed.parent.mkdir()
    changed.write_text(USER + "\nCHANGED = 1\n")
    assert get(resolve(f"{changed}:good").where).fingerprint != before


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "narrow",
            "labels go up to 2, so the model must give at least 3 outputs.*gives \\(2,\\).*set its last layer to 3",
        ),
        ("misfit", r"cannot take inputs of shape \(4,\)"),
        ("untrainable", "no parameter to train"),
        ("no_module", "must return a torch.nn.Module, but returned int"),
        ("broken_model", "making the model failed: TypeError"),
        ("tuple_output", "one output per example, but gave tuple"),
        ("vector_loss", "one number as a scalar tensor; take its mean"),
        ("bad_loss", "the loss failed on 5 examples: AttributeError"),
        ("failing", r"mine.py:\d+: KeyError: 'key'"),
        ("number", "is a int, not a task"),
        ("goood", "has no 'goood'; did you mean good"),
    ],
)
def test_a_users_task_that_does_not_work_says_why(user_file, name, message):
    with pytest.raises(TaskError, match=message):
        get(resolve(f"{user_file}:{name}").where)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing.py:task", "there is no file nothing.py"),
        ("own:", "named differently than 'own:'"),
        (":task", "named differently than ':task'"),
        ("own.py:two words", "named differently"),
    ],
)
def test_a_place_of_another_form_is_refused(text, message):
    with pytest.raises(TaskError, match=message):
        resolve(text)


def test_a_module_that_cannot_be_imported_says_where(tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text("import math\n\n1 / 0\n")
    with pytest.raises(TaskError, match=r"wrong.py:3: ZeroDivisionError"):
        get(resolve(f"{path}:task").where)
    with pytest.raises(TaskError, match="importing no_such_module failed"):
        get(resolve("no_such_module:task").where)


def test_a_module_on_the_path_is_found_by_its_name(tmp_path, monkeypatch):
    (tmp_path / "blobs_module.py").write_text(BLOBS_FILE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    place = resolve("blobs_module:task")
    assert place.name == "blobs_module:task"
    assert get(place.where).fingerprint != blobs().fingerprint  # the source counts


def test_numbers_as_labels_have_no_classes():
    assert line().classes is None
