"""Keras chooses its backend when it is imported, so what holds of it is tested in a process for each."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support import libraries

CASES = Path(__file__).with_name("keras_cases.py")
ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_keras_on(backend):
    libraries.require(backend, "keras")
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(CASES)]
    environment = {**os.environ, "KERAS_BACKEND": backend}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout[-8000:]
    assert int(re.findall(r"(\d+) passed", done.stdout)[-1]) >= 40
    assert int((re.findall(r"(\d+) skipped", done.stdout) or ["0"])[-1]) == (0 if backend == "jax" else 1)


@pytest.mark.slow
def test_a_model_is_loaded_in_another_process(tmp_path):
    libraries.require("jax", "keras")
    make = (
        "import keras; from lrlab.trainers import KerasSchedule;"
        "model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]);"
        "model.compile(keras.optimizers.SGD(KerasSchedule('cosine', 0.1, 12)), 'mse'); model.save('model.keras')"
    )
    load = (
        "import keras; from lrlab.trainers import KerasSchedule;"
        "model = keras.saving.load_model('model.keras'); print(float(model.optimizer.learning_rate))"
    )
    for code in (make, load):
        environment = {**os.environ, "KERAS_BACKEND": "jax"}
        words = [sys.executable, "-c", code]
        done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(0.1)
