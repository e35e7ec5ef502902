"""What an objective refuses, says and is written as; stacked losses are those of each trial."""

import numpy as np
import pytest
import torch

from lrlab.errors import TaskError
from lrlab.objectives import Classification, MultiLabel, NextToken, OwnObjective, PerPixel, Regression
from lrlab.spec import KNOWN_METRICS, Metric
from lrlab.tasks import Task
from lrlab.tasks._fit import check_fit, check_own
from support.tasks import OBJECTIVE_TASKS, amounts, blobs, clouds, pixels, tags, tokens

KINDS = (Classification, MultiLabel, Regression, NextToken, PerPixel)


@pytest.mark.parametrize("kind", KINDS)
def test_any_of_its_metrics_may_decide(kind):
    for name in kind().metric_names:
        decided = kind(decide=name)
        assert decided.metrics[0] == KNOWN_METRICS[name]
        assert {metric.name for metric in decided.metrics} == set(kind().metric_names)
        assert decided.further == tuple(metric.name for metric in decided.metrics[1:])


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_metric_is_refused_with_those_there_are(kind):
    with pytest.raises(TaskError, match=f"{kind.__name__} has no metric 'beauty'; decide by one of {kind.names[0]}, "):
        kind(decide="beauty")


def test_it_is_written_by_what_is_not_usual():
    """Keys of tasks rest on it."""
    assert str(Regression()) == "Regression()"
    assert str(NextToken(decide="perplexity", characters=2)) == "NextToken(decide='perplexity', characters=2)"
    assert str(Classification(class_weights=[1, 2])) == "Classification(class_weights=(1.0, 2.0))"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: Classification(label_smoothing="0.1"),
            "label_smoothing must be a number, but got '0.1'; 0.1 is usual",
        ),
        (lambda: Classification(class_weights=3), "class_weights are positive numbers, .*, but got 3; give such as"),
        (
            lambda: Classification(class_weights={1: 5.0, 2: 1.0}),
            r"but got a dict; give \[weights\[name\] for name in cl",
        ),
        (lambda: Classification(class_weights={1.0, 2.0}), "but got a set, which has no order; give a list"),
        (lambda: Classification(class_weights=[1, "2", 3]), "weight 1 of class_weights must be a number, but got '2'"),
        (lambda: Classification(class_weights=[1, True]), "weight 1 of class_weights must be a number, but got True"),
        (lambda: Classification(class_weights=np.array([1.0, 0])), "class_weights are positive numbers, one for each"),
        (lambda: Classification(decide=0), "`decide` is the name of a metric, but got 0; write one of accuracy, mac"),
        (lambda: NextToken(characters="1"), "characters must be a number, but got '1'; give 1 where tokens are char"),
        (lambda: PerPixel(ignore=None), "ignore must be a whole number, but got None; leave it out where all pixels"),
        (lambda: PerPixel(ignore=True), "ignore must be a whole number, but got True; leave it out where all pixels"),
        (lambda: Regression(unit=3), 'unit is the text that stands after a number, but got 3; write unit="mg/dl"'),
    ],
)
def test_a_field_of_another_type_is_refused(make, words):
    with pytest.raises(TaskError, match=words):
        make()


def test_numbers_of_numpy_and_torch_are_written_as_pythons_own():
    for weights in (np.array([1, 2]), torch.tensor([1.0, 2.0]), (1, 2), [torch.tensor(1.0), np.int64(2)]):
        assert str(Classification(class_weights=weights)) == "Classification(class_weights=(1.0, 2.0))"
    assert str(PerPixel(ignore=np.int64(255))) == "PerPixel(ignore=255)"
    assert str(NextToken(characters=np.float64(1.5))) == "NextToken(characters=1.5)"
    assert str(NextToken(characters=2)) == "NextToken(characters=2)"


@pytest.mark.parametrize(
    ("last", "names"), [([0, 1, 2, 3] * 3, ()), ([0, 1, 2] * 3, ("a", "b", "c", "d"))], ids=["test", "names"]
)
def test_balanced_weights_need_every_class_in_the_training_data(last, names):
    parts = {"train": [0, 1, 2] * 3, "validation": [0, 1, 2] * 3, "test": last}
    pairs = {name: (np.zeros((len(labels), 2)), np.array(labels)) for name, labels in parts.items()}
    words = r'class_weights="balanced" needs every class in the training data, but class 3 never occurs there; add'
    with pytest.raises(TaskError, match=words):
        Task(
            model=lambda: torch.nn.Linear(2, 4),
            objective=Classification(class_weights="balanced"),
            class_names=names,
            **pairs,
        )


def test_units_are_those_of_the_labels():
    rmse, mae, r2 = Regression(unit="kg").metrics
    assert (rmse.unit, mae.unit, r2.unit) == ("kg", "kg", "")


@pytest.mark.parametrize("name", OBJECTIVE_TASKS)
def test_stacked_losses_and_scores_are_those_of_each_trial(name):
    task = OBJECTIVE_TASKS[name]()
    torch.manual_seed(0)
    model, few = task.model(), task.train.take(slice(8))
    with torch.no_grad():
        outputs = torch.stack([model(task.prepare(few.inputs)) for _ in range(1)] * 3)
    outputs = outputs + torch.arange(3.0).view(3, *[1] * (outputs.ndim - 1)) * torch.rand(outputs.shape)
    labels = torch.stack([few.labels, few.labels.roll(1, 0), few.labels])
    for decide in task.objective.metric_names:
        kind = type(task.objective)(decide=decide, **({"characters": 1} if name == "tokens" else {}))
        losses = kind.losses(outputs, labels)
        one_by_one = [kind.loss(*pair).item() for pair in zip(outputs, labels, strict=True)]
        assert losses.tolist() == pytest.approx(one_by_one, rel=1e-6)
        scores = kind.batch_scores(outputs, labels, losses).tolist()
        triples = zip(outputs, labels, one_by_one, strict=True)
        assert scores == pytest.approx([kind.score(*triple) for triple in triples], rel=1e-6)
        assert len(set(scores)) > 1 or decide == "subset_accuracy"


@pytest.mark.parametrize("kind", [NextToken, PerPixel])
def test_a_batch_in_which_nothing_counts_teaches_nothing(kind):
    shape, labels = ((2, 3, 4), (2, 3)) if kind is NextToken else ((2, 4, 3, 3), (2, 3, 3))
    outputs = torch.randn(shape, requires_grad=True)
    loss = kind().loss(outputs, torch.full(labels, -100))
    loss.backward()
    assert loss.item() == 0
    assert outputs.grad is not None
    assert not outputs.grad.any()
    assert kind().losses(outputs[None], torch.full((1, *labels), -100)).item() == 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Classification(class_weights=(1, -1)), r'positive numbers, one for each class, or "balanced"'),
        (lambda: Classification(class_weights="even"), r'"balanced", but got \'even\'; give such as'),
        (lambda: Classification(label_smoothing=1), r"at least 0 and less than 1, but got 1; 0.1 is usual"),
        (lambda: NextToken(characters=0), r"positive number, how many a token stands for, but got 0; give 1"),
        (lambda: clouds(objective="mse"), r"one of lrlab.objectives, such as Regression\(\), but got 'mse'"),
        (lambda: clouds(loss=torch.nn.functional.mse_loss), "an objective has its own loss and metrics; leave out"),
        (lambda: clouds(objective=NextToken()), r"train labels must be \(N, L\), a token for each of L positions, "
         r"but got \(N,\); of token ids \(N, L \+ 1\) take"),
        (lambda: clouds(objective=PerPixel()), r"must be \(N, H, W\), a class for each pixel, but got \(N,\); of"),
        (lambda: clouds(objective=MultiLabel()), r"must be \(N, C\), 0 or 1 for each of C labels, but got \(N,\); for"),
        (lambda: amounts(objective=Classification()), r"are no classes, one an example; give whole numbers or words"),
        (lambda: Task.from_arrays(model=blobs, inputs=np.zeros((20, 1)), labels=np.full((20, 2), 3),
                                  objective=MultiLabel()), "labels must be 0 or 1, but hold 3; for amounts give"),
        (lambda: Task.from_arrays(model=blobs, inputs=np.zeros((20, 1)), labels=np.full((20, 2), 0.5),
                                  objective=NextToken()), "labels must be token ids, but hold 0.5; give whole numbers"),
        (lambda: Task.from_arrays(model=blobs, inputs=np.zeros((20, 1)), labels=np.full((20, 2), -100),
                                  objective=NextToken()), "labels are all -100, which does not count; give labels"),
        (lambda: Task.from_arrays(model=blobs, inputs=np.zeros((20, 1)), labels=np.where(np.arange(20) == 7, np.nan, 1),
                                  objective=Regression()),
         "^labels hold values that are not finite, in 1 of 20 examples, the first in example 7"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_a_way_out(make, message):
    with pytest.raises(TaskError, match=message):
        make()


@pytest.mark.parametrize(
    ("task", "model", "message"),
    [
        (clouds, lambda: torch.nn.Linear(2, 2), "labels go up to 2, so the model must give at least 3 outputs per"),
        (clouds, lambda: torch.nn.Linear(2, 4), "class_weights has 3 numbers, but the model gives 4 outputs per exam"),
        (tags, lambda: torch.nn.Linear(4, 2), r"must give 3 outputs per example, but it gives \(2,\); set its last"),
        (amounts, lambda: torch.nn.Linear(3, 2), r"labels are \(N,\), but the model gives \(N, 2\); set its last layer"
         " to 1 output, or give both one shape"),
        (tokens, lambda: torch.nn.Embedding(5, 4), "hold token 4, outside the vocabulary of 4 tokens that the model"),
        (tokens, lambda: torch.nn.Sequential(torch.nn.Embedding(5, 5), torch.nn.Flatten()), r"must give \(N, 6, V\), "
         r"logits over V tokens at each position, but it gives \(N, 30\); where it gives \(N, V, L\), end it with"),
        (pixels, lambda: torch.nn.Conv2d(1, 3, 3), r"labels are \(N, 6, 6\), so the model must give \(N, C, 6, 6\), but"
         r" it gives \(N, 3, 4, 4\); give images and labels one size"),
        (pixels, lambda: torch.nn.Conv2d(1, 2, 1), r"hold class 2, but the model gives 2 classes, 0 .. 1; give its last"
         r" layer more outputs, or, .*PerPixel\(ignore=2\)"),
        (amounts, lambda: Unbounded(), "on untrained weights and 5 examples the loss is inf, no number"),
    ],
)  # fmt: skip
def test_outputs_that_do_not_fit_are_refused_before_training(task, model, message):
    with pytest.raises(TaskError, match=message):
        check_fit(task().with_model(model), "mine")


class Unbounded(torch.nn.Linear):
    def __init__(self):
        super().__init__(3, 1)

    def forward(self, x):
        return super().forward(x) * torch.inf


def test_a_class_that_never_occurs_is_told():
    never = np.zeros((20, 3))
    never[::2, 0] = 1
    task = Task.from_arrays(model=blobs, inputs=np.zeros((20, 1)), labels=never, objective=MultiLabel())
    assert "train: of 3 labels 2 never occur there, the first is number 1; each counts 0" in task.notes[0]
    base = pixels()
    few = base.test.labels.clamp(max=1)
    task = Task(model=base.model, train=base.train, validation=base.validation,
                test=(base.test.inputs, few), objective=PerPixel())  # fmt: skip
    assert task.notes == ("test has no pixel of class 2; such a class counts in mean IoU only where it is predicted",)
    with pytest.raises(TaskError, match='"balanced" needs every class in the training data, but class 1 never occurs'):
        Classification(class_weights="balanced").for_labels(torch.tensor([0, 2]))


def test_a_task_without_one_has_that_of_its_functions():
    task = blobs()
    assert task.given_objective is None
    assert isinstance(task.objective, OwnObjective)
    assert task.objective.metrics == (Metric(name="accuracy"),)
    assert task.objective is task.objective


@pytest.mark.parametrize("name", OBJECTIVE_TASKS)
def test_it_is_part_of_the_tasks_fingerprint(name):
    kind = type(OBJECTIVE_TASKS[name]().objective)
    one, same, other = (OBJECTIVE_TASKS[name](objective=kind(decide=decide))
                        for decide in ("", "", kind().metric_names[-1]))  # fmt: skip
    assert one.fingerprint == same.fingerprint != other.fingerprint


@pytest.mark.parametrize(("name", "shape", "dtype"), [
    ("classes", (3,), torch.int64), ("labels", (3, 3), torch.bool), ("amounts", (3, 1), torch.float32),
    ("tokens", (3, 6), torch.int64), ("pixels", (3, 6, 6), torch.int64),
])  # fmt: skip
def test_predictions_have_the_form_of_labels(name, shape, dtype):
    task = OBJECTIVE_TASKS[name]()
    few = task.train.take(slice(3))
    predicted = task.objective.predict(task.model()(task.prepare(few.inputs)))
    assert (tuple(predicted.shape), predicted.dtype) == (shape, dtype)


def test_labels_have_the_type_that_the_loss_takes():
    types = {name: make().train.labels.dtype for name, make in OBJECTIVE_TASKS.items()}
    whole, real = torch.int64, torch.float32
    assert types == {"classes": whole, "labels": real, "amounts": real, "tokens": whole, "pixels": whole}


class Absolute(Regression):
    """An objective of a user's own: the mean absolute error is what training lowers."""

    def loss(self, outputs, labels):
        return (outputs.reshape(labels.shape) - labels).abs().mean()


class AbsoluteStacked(Absolute):
    def losses(self, outputs_KB, labels_KB):
        return (outputs_KB.reshape(labels_KB.shape) - labels_KB).abs().flatten(1).mean(1)


class AbsoluteWhole(AbsoluteStacked):
    def totals(self, sums):
        totals = super().totals(sums)
        return totals | {"loss": totals["mae"]}


class AbsoluteFailing(AbsoluteStacked):
    def totals(self, sums):
        return {"loss": sums["nothing"]}


def test_one_of_a_users_own_is_taken_and_records_its_loss():
    task = amounts(objective=AbsoluteWhole(decide="mae"))
    check_own(task, "t")
    outputs, labels = torch.tensor([[1.0], [3.0], [5.0]]), torch.zeros(3)
    assert task.objective.loss(outputs, labels).item() == task.objective.scores(outputs, labels)["loss"] == 3.0


@pytest.mark.parametrize(
    ("objective", "words"),
    [
        (Absolute(), r"Absolute.loss gives [\d.]+, and losses [\d.]+ .*; change both alike, as by torch.stack"),
        (
            AbsoluteStacked(),
            r"the loss that it records is [\d.]+ for the same examples; let totals give it as \"loss\"",
        ),
        (AbsoluteFailing(), r"AbsoluteFailing fails on 5 examples: KeyError: 'nothing'; give it `losses`, `sums` and"),
    ],
)
def test_losses_of_a_users_own_that_differ_are_refused(objective, words):
    with pytest.raises(TaskError, match=words):
        check_own(amounts(objective=objective), "t")


def test_weights_in_a_column_with_an_index_need_an_order():
    pandas = pytest.importorskip("pandas")
    assert Classification(class_weights=pandas.Series([1.0, 2.0])).class_weights == (1.0, 2.0)
    with pytest.raises(
        TaskError, match=r"but got a column with an index; give \[weights\[name\] for name in classes\]"
    ):
        Classification(class_weights=pandas.Series([1.0, 2.0], index=[1, 0]))


class Older(Regression):
    def check_outputs(self, outputs, labels):
        del outputs, labels


class Other(Regression):
    def notes(self, labels, names=(), more=None):
        del labels, names, more
        return ("of its own",)


def test_a_method_that_cannot_be_called_as_it_is_says_how_to_write_it():
    pair = np.zeros((9, 2)), np.arange(9.0)
    with pytest.raises(
        TaskError, match=r"Older.check_outputs takes \(self, outputs, labels\).*names=\(\)\), as Objective"
    ):
        Task(model=lambda: torch.nn.Linear(2, 1), objective=Older(), train=pair, validation=pair, test=pair)
    task = Task(model=lambda: torch.nn.Linear(2, 1), objective=Other(), train=pair, validation=pair, test=pair)
    assert "of its own" in task.notes
