"""The engine's verbs as an executor calls them: JSON in, JSON out, in any process."""

import base64
import io
from typing import Any

import numpy as np
import torch

from ..spec import Trial
from ..tasks import get
from ._reference import train

Json = dict[str, Any]


def run_trial(payload: Json) -> Json:
    """Train one trial.

    payload: {"trial": a Trial, "where": its task's place}. Returns {"record": a Record, "arrays": {name: npy}}.
    Arrays travel as base64 of numpy's own file format.
    """
    torch.set_num_threads(1)
    trained = train(Trial.model_validate(payload["trial"]), get(payload["where"]))
    return {
        "record": trained.record.to_dict(),
        "arrays": {name: base64.b64encode(_npy(array)).decode() for name, array in trained.arrays.items()},
    }


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
