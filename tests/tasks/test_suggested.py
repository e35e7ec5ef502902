"""A task says which optimizer it is usually trained with; that is no part of what the task is."""

import numpy as np
import pytest
from torch import nn

from lrlab.errors import TaskError
from lrlab.spec import Optimizer, load_study
from lrlab.tasks import Task, by_value, get, may_suggest, resolve, suggestion_of
from lrlab.tasks._built_in import BUILT_IN

INPUTS, LABELS = np.zeros((30, 2), np.float32), np.arange(30) % 3


def model():
    return nn.Linear(2, 3)


def made(**others):
    return Task.from_arrays(model=model, inputs=INPUTS, labels=LABELS, **others)


def test_a_task_of_ones_own_says_it_and_stays_the_same_task():
    plain, told = made(), made(optimizer="adamw(weight_decay=0.1)")
    assert told.optimizer == Optimizer(name="adamw", weight_decay=0.1)
    assert plain.optimizer is None
    assert plain.fingerprint == told.fingerprint
    assert told.head(train=5).optimizer == told.with_fresh_split().of_seed(3).optimizer == told.optimizer
    by_value(plain, send=False)
    by_value(told, send=False)
    assert plain.fingerprint == told.fingerprint


@pytest.mark.parametrize("asked", ["adamv", {"weight_decay": 0.1}, 3, "adamw(weight_decay=-1)"])
def test_what_is_no_optimizer_is_refused(asked):
    with pytest.raises(TaskError, match=r"`optimizer` of a task: .*Optimizer"):
        made(optimizer=asked)


def test_the_small_gpt_has_the_optimizer_of_its_study():
    study = load_study("studies/gpt-schedules.yaml")
    assert suggestion_of("text/char-gpt(blocks=1)") == study.optimizer


@pytest.mark.parametrize("head", BUILT_IN)
def test_a_name_says_what_its_task_does(head):
    assert suggestion_of(head) == get(resolve(head).where).optimizer


def test_only_a_file_of_ones_own_tells_when_it_is_opened(tmp_path):
    assert may_suggest("mine.py:task")
    assert not may_suggest("text/char-gpt")
    assert not may_suggest(made())
    for name in ("mine.py:task", "cifar10/cnn", "digits/mlq", "digits/mlp(width=0)"):
        assert suggestion_of(name) is None
    assert suggestion_of(made(optimizer="lion")) == Optimizer(name="lion")
