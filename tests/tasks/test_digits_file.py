"""The digits are read without scikit-learn, and are what it would give."""

import subprocess
import sys

import numpy as np
from sklearn.datasets import load_digits as of_sklearn

from lrlab.tasks import _digits_file
from lrlab.tasks._digits_file import load_digits


def test_they_are_what_the_package_gives(monkeypatch):
    wanted = of_sklearn(return_X_y=True)
    read = load_digits()
    monkeypatch.setattr(_digits_file, "FILE", _digits_file.FILE.with_name("elsewhere"))
    for images, labels in (read, load_digits()):  # in another layout of the package, by its own function
        assert np.array_equal(images, wanted[0])
        assert np.array_equal(labels, wanted[1])
        assert (images.dtype, labels.dtype) == (wanted[0].dtype, wanted[1].dtype)


def test_a_task_of_digits_loads_neither_the_package_nor_torchs_compiler():
    code = "import sys, lrlab.engine, lrlab.tasks as t; t.get('digits/convnet'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"sklearn", "torch._dynamo"} & set(loaded)
    assert "torch" in loaded
