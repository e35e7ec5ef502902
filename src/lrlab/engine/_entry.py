"""The engine's verbs as an executor calls them: JSON in, JSON out, in any process.

Every payload holds "trials" (a list of Trials), "where" (their task's place), and, with these defaults, "threads" (1)
and "device" ("cpu").
"""

import base64
import io
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..spec import CHECKPOINT_SECONDS, Trial
from ..tasks import Task, get
from ._malloc import keep_freed_memory
from ._pace import time_stack
from ._records import Trained
from ._reference import train
from ._train_stack import Patience, train_stack

Json = dict[str, Any]


def run_trials(payload: Json) -> Json:
    """Train each trial by the reference loop. Returns {"trained": [{"record": Record, "arrays": {name: npy}}]}.

    What has begun goes on to its end. Arrays travel as base64 of numpy's own file format.
    """
    trials, task = _ready(payload)
    return {"trained": [_packed(train(trial, task)) for trial in trials]}


def run_stack(payload: Json) -> Json:
    """Train the trials as one stack, in payload["layout"]. Returns what `run_trials` does; {} where time was up.

    Also in the payload, or None: "checkpoint" (a path), "until" (seconds as `time.monotonic` counts, alike in all
    processes), "least" (as in `Patience`), "ratio", "graph".
    """
    trials, task = _ready(payload)
    checkpoint, until = payload.get("checkpoint"), payload.get("until")
    every, least = payload.get("every", CHECKPOINT_SECONDS), payload.get("least", 0.0)
    patience = Patience(Path(checkpoint) if checkpoint else None, until, every, least)
    how = payload.get("ratio"), payload.get("graph", False)
    found = train_stack(trials, task, payload["layout"], patience, *how)
    return {} if found is None else {"trained": [_packed(trained) for trained in found]}


def measure(payload: Json) -> Json:
    """Time the trials as one stack, in payload["layout"], for about payload["seconds"].

    Returns {"update": seconds per trial, "look": seconds per trial, "mean", "build", "trial_bytes", "free_bytes"}, as
    in `Pace`, or {"unstackable": why, "missing": whether it is not the model but the layout that is not here}.
    """
    trials, task = _ready(payload)
    timing = time_stack(trials, task, payload["layout"], payload["seconds"], payload.get("graph", False))
    if timing.refused:
        return {"unstackable": timing.refused, "missing": timing.missing}
    return timing.model_dump(exclude={"refused", "missing"})


def _ready(payload: Json) -> tuple[list[Trial], Task]:
    keep_freed_memory()
    torch.set_num_threads(payload.get("threads", 1))
    torch.backends.cudnn.benchmark = True  # on a graphics card: the fastest kernel for each shape
    trials = [Trial.model_validate(trial) for trial in payload["trials"]]
    return trials, _task(payload["where"], payload.get("device", "cpu"))


@lru_cache(maxsize=4)
def _task(where: str, device: str) -> Task:
    return get(where) if device == "cpu" else get(where).to(device)


def _packed(trained: Trained) -> Json:
    arrays = {name: base64.b64encode(_npy(array)).decode() for name, array in trained.arrays.items()}
    return {"record": trained.record.to_dict(), "arrays": arrays}


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
