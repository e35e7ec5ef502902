import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lrlab.errors import TaskError, UnknownName
from lrlab.models import MODELS
from lrlab.tasks import TASKS, _datasets, data_folder, resolve
from lrlab.tasks._built_in import BUILT_IN
from lrlab.tasks._names import OPTIONS


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("cifar10/resnet18", "cifar10/resnet18"),
        (" CIFAR10 / ResNet18 ( width = 1/4 ) ", "cifar10/resnet18(width=0.25)"),
        ("cifar10/resnet18(width=0.25)", "cifar10/resnet18(width=0.25)"),
        ("cifar10/resnet18(width=2.50)", "cifar10/resnet18(width=2.5)"),
        ("cifar10/resnet18(width=1/3)", "cifar10/resnet18(width=0.3333333333333333)"),
        ("cifar10/resnet18(width=2)", "cifar10/resnet18(width=2)"),
        ("mnist/lenet(width=1, size=28, validation=6000, augment=none)", "mnist/lenet"),
        ("cifar10/lenet(width=1.0, size=32, validation=5000, augment=flip+crop)", "cifar10/lenet"),
        ("cifar10/lenet()", "cifar10/lenet"),
        (
            "cifar10/lenet(size=16,images=0500,augment=cutout+flip)",
            "cifar10/lenet(augment=flip+cutout, images=500, size=16)",
        ),
        ("mnist/mlp(validation=5000)", "mnist/mlp(validation=5000)"),
        ("mnist/mlp(test=70, images=500)", "mnist/mlp(images=500, test=70)"),
        ("mnist/mlp(images=500, validation = None)", "mnist/mlp(images=500, validation=none)"),
        ("hub:owner/set/mlp(validation=none)", "hub:owner/set/mlp(validation=none)"),
        ("Flowers_2/lenet(size=32, augment=crop+flip)", "Flowers_2/lenet(augment=crop+flip, size=32)"),
        ("hub:owner/some.set-1/cnn(width=0.5)", "hub:owner/some.set-1/cnn(width=0.5)"),
        ("digits/mlp", "digits/mlp"),
        ("Digits/MLP(width = 1/2)", "digits/mlp(width=0.5)"),
        ("digits/convnet(width=2, split=Fresh)", "digits/convnet(split=fresh, width=2)"),
        ("digits/convnet(width=1, split=fixed)", "digits/convnet"),
    ],
)
def test_a_name_has_one_canonical_form(text, canonical):
    assert resolve(text) == (canonical, canonical)
    assert resolve(canonical) == (canonical, canonical)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("cifar10/resnet19", UnknownName, "unknown model 'resnet19'; did you mean resnet18"),
        ("mnist/lenets(width=0.5)", UnknownName, "unknown model 'lenets'; did you mean lenet"),
        ("hub:owner/name/linet", UnknownName, "unknown model 'linet'; did you mean lenet"),
        ("cifar10/lenet(widht=0.5)", UnknownName, "unknown option of a task 'widht'; did you mean width"),
        ("cifar10", UnknownName, "unknown task 'cifar10'; did you mean cifar10/"),
        ("digits/lenet", UnknownName, "unknown task 'digits/lenet'; did you mean .*digits/convnet"),
        ("digits/mlp(images=2)", UnknownName, "unknown option of a task 'images'; known: split, width"),
        ("digits/mlp(width)", TaskError, 'an option is name=value, but read .*write "digits/mlp" or "digits/mlp'),
        ("digits/mlp(split=new)", TaskError, "`split` must be fixed or fresh, but got 'new'; write split=fresh"),
        ("digits/convnet(width=0.3)", TaskError, "width 0.3 makes 2.4 of the 8 channels .*; write width=1/2"),
        ("digits/convnet(width=1/16)", TaskError, "width 0.0625 makes 0.5 of the 8 channels"),
        ("cifar10/lenet(width)", TaskError, "an option is name=value, but read 'width'"),
        ("cifar10/lenet(width=)", TaskError, "an option is name=value"),
        ("cifar10/lenet(width=1, width=2)", TaskError, "`width` is given twice"),
        ("cifar10/lenet(width=0)", TaskError, r"`width` must lie in \[0.01, 100\], but got '0'; write width=0.25"),
        ("cifar10/lenet(width=1/0)", TaskError, "`width` must lie in"),
        ("cifar10/lenet(width=wide)", TaskError, "`width` must lie in"),
        ("cifar10/lenet(images=0)", TaskError, "`images` must be a whole number from 1, but got '0'; write images=500"),
        ("cifar10/lenet(size=2.5)", TaskError, "`size` must be a whole number"),
        (
            "cifar10/lenet(validation=0)",
            TaskError,
            "`validation` must be a whole number from 1, or none, but got '0'; write validation=500 or validation=none",
        ),
        (
            "cifar10/lenet(validation=no)",
            TaskError,
            "`validation` must be a whole number from 1, or none, but got 'no'",
        ),
        ("cifar10/lenet(images=none)", TaskError, "`images` must be a whole number from 1, but got 'none'"),
        ("cifar10/lenet(augment=turn)", TaskError, "none, or crop, flip, cutout joined by"),
        ("cifar10/lenet(augment=flip+flip)", TaskError, "none, or crop, flip, cutout joined by"),
        ("cifar10/lenet(width=1", TaskError, "has another name"),
        ("a/b/lenet", TaskError, "has another name than 'a/b/lenet': write \"cifar10/resnet18\""),
        ("../lenet", TaskError, "has another name"),
        ("hub:name/lenet", TaskError, "has another name"),
        ("/lenet", TaskError, "has another name"),
        ("x/lenet(" + 600 * "y" + ")", TaskError, "has another name"),
    ],
)
def test_another_name_says_what_was_perhaps_meant(text, error, message):
    with pytest.raises(error, match=message):
        resolve(text)


def test_a_file_of_ones_own_is_still_found(tmp_path):
    (tmp_path / "mine.py").write_text("")
    assert resolve(f"{tmp_path}/mine.py:task").name == "mine:task"


def test_names_are_resolved_and_listed_without_data_torch_or_polars():
    code = """
import inspect, sys
from lrlab.tasks import TASKS, resolve
assert resolve("hub:owner/name/lenet(width=1/2)").name == "hub:owner/name/lenet(width=0.5)"
assert all(inspect.getdoc(made) for made in TASKS.values())
sys.exit(str({"torch", "polars", "PIL", "huggingface_hub"} & set(sys.modules) or ""))
"""
    environment = {key: value for key, value in os.environ.items() if key != "LRLAB_DATA"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


def test_the_list_has_every_built_in_model():
    assert set(_datasets.MODELS) == set(MODELS)
    built_in = {f"{dataset}/{model}" for dataset in ("cifar10", "mnist") for model in MODELS}
    assert set(TASKS) == set(BUILT_IN) | built_in
    text = "MNIST's 70,000 grey handwritten digits, 28x28, with LeNet; needs a data folder."
    assert TASKS["mnist/lenet"].__doc__ == text


def test_the_names_in_the_manual_are_names():
    manual = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text(encoding="utf-8")
    names = [
        name for name in re.findall(r"`([^`\s]+/\w+(?:\([^`]*\))?)`", manual) if name.rpartition("/")[2][0].islower()
    ]
    resolved = {
        resolve(name).name for name in names if name not in ("refs/convert/parquet", "~/.cache") and "file=" not in name
    }
    assert {"digits/mlp", "cifar10/resnet18(width=0.25)", "hub:ylecun/mnist/lenet"} <= resolved
    assert all(f"`{word}`" in manual for word in (*MODELS, *OPTIONS, "LRLAB_CACHE"))


def test_the_data_folder_is_what_the_environment_says(monkeypatch, tmp_path):
    assert data_folder() is None
    monkeypatch.setenv("LRLAB_DATA", " ")
    assert data_folder() is None
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LRLAB_DATA", "sub")
    assert data_folder() == tmp_path / "sub"
