"""Every example is compared as a user does it: by the installed command, with the real library, as a process."""

import io
import json
from pathlib import Path

import numpy as np
import pytest

from lrlab.schedules import Horizon
from lrlab.store import Store
from support import libraries
from support.command import lrlab

EXAMPLES = Path(__file__).parents[2] / "examples"
# libraries, updates of an epoch, a peak
CASES = {
    "accelerate_loop": (["accelerate"], 37, 0.1),
    "ignite_loop": (["ignite"], 37, 0.1),
    "keras_loop": (["keras", "jax"], 37, 0.1),
    "lightning_loop": (["lightning"], 20, 0.3),
    "optax_loop": (["jax", "optax"], 37, 0.1),
    "skorch_net": (["skorch"], 37, 0.1),
    "trainer_loop": (["transformers", "accelerate"], 37, 0.003),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_an_example_is_compared(name, tmp_path):
    needed, length, peak = CASES[name]
    libraries.require(*needed)
    words = ["compare", f"{EXAMPLES / name}.py:train", "constant", "warmup(span=25%)+cosine"]
    words += ["--updates", str(length), "--peaks", str(peak), "--seeds", "2", "--tuning-seeds", "1"]
    words += ["--workers", "1", "--store", str(tmp_path / "records.db"), "--json"]
    done = lrlab(*words, cwd=tmp_path, timeout=600, KERAS_BACKEND="jax", OMP_NUM_THREADS="1")
    assert "used the rate" not in done.stderr  # the warning of a loop that does not follow its schedule
    assert "Undecided" in json.loads(done.stdout)["answer"]
    records = stored_rates(tmp_path / "records.db")
    assert len(records) == 6
    for record, rates in records:
        horizon = Horizon(updates=length, updates_per_epoch=length)
        np.testing.assert_allclose(rates, record.trial.schedule.bind(peak=peak, horizon=horizon).all(), rtol=1e-6)
        assert record.validation.score is not None
        assert record.test.score is not None


def stored_rates(path):
    """Every record of a store with the rates that its updates used."""
    with Store(path) as store:
        found = store.get(store.record_keys())
        return [(record, np.load(io.BytesIO(store.array(key, "rates")))) for key, record in found.items()]
