"""Outputs and labels that meet only by broadcasting are refused; what merely looks like it is not."""

import numpy as np
import pytest
import torch
from scipy import special, stats
from torch import nn
from torch.nn import functional as F  # noqa: N812

from lrlab.errors import TaskError
from lrlab.spec import Metric
from lrlab.tasks import Task
from lrlab.tasks._fit import check_fit

RNG = np.random.default_rng(0)
PLAIN = Metric(name="error", higher_is_better=False)


class Shaped(nn.Module):
    """Numbers of any shape from three."""

    def __init__(self, shape, then=nn.Identity):
        super().__init__()
        self.shape, self.layer, self.then = shape, nn.Linear(3, int(np.prod(shape))), then()

    def forward(self, inputs):
        return self.then(self.layer(inputs)).reshape(len(inputs), *self.shape)


def task(outputs, labels, loss, score=None, integers=None, then=nn.Identity):
    """A task of outputs and labels of these shapes per example. integers: labels are whole numbers below it."""
    shape = (40, *labels)
    values = RNG.normal(size=shape) if integers is None else RNG.integers(0, integers, shape)
    values = values if integers is None or loss in (F.cross_entropy, F.nll_loss) else values.astype(np.float32)
    own = {} if score is None else {"metric": PLAIN, "score": score}
    return Task.from_arrays(
        model=lambda: Shaped(outputs, then), inputs=RNG.normal(size=(40, 3)), labels=values, loss=loss, **own
    )


def mse(outputs, labels):
    return ((outputs - labels) ** 2).mean()


def r2(outputs, labels):
    return (1 - ((outputs - labels) ** 2).sum() / ((labels - labels.mean()) ** 2).sum()).item()


def flat(outputs, labels):
    return F.mse_loss(outputs.flatten(), labels.flatten())


def huber_by_hand(outputs, labels):
    away = (outputs - labels).abs()
    return torch.where(away < 1, away**2 / 2, away - 0.5).mean()


def part_of_a_sum(outputs, labels):
    return flat(outputs, labels) + 0.1 * (labels * outputs.tanh()).mean()


def numpy_mae(outputs, labels):
    return float(np.abs(outputs.numpy() - labels.numpy()).mean())


def numpy_mae_of_copies(outputs, labels):
    return float(np.abs(np.asarray(outputs) - np.array(labels.tolist())).mean())


LOSSES = [mse, F.mse_loss, nn.L1Loss(), nn.SmoothL1Loss(), nn.HuberLoss(), huber_by_hand, part_of_a_sum]
LOSSES += [lambda outputs, labels: (labels - outputs).square().sum() / len(labels)]
LOSSES += [lambda outputs, labels: F.mse_loss(outputs, target=labels, reduction="sum")]
LOSSES += [lambda outputs, labels: torch.log(torch.cosh(torch.sub(outputs, labels))).mean()]
SHAPES = [((1,), ()), ((), (1,)), ((1, 4), (4,)), ((4,), (1, 4)), ((1, 2, 3), (2, 3))]


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("outputs", "labels"), SHAPES)
def test_a_loss_that_broadcasts_is_refused(outputs, labels, loss):
    with pytest.raises(TaskError, match=r"the loss holds outputs of shape .* which fit only by broadcasting, to "):
        check_fit(task(outputs, labels, loss), "mine")


SCORES = [r2, numpy_mae, numpy_mae_of_copies, lambda outputs, labels: mse(outputs, labels).sqrt()]
SCORES += [lambda outputs, labels: ((outputs > 0) == (labels > 0)).float().mean().item()]


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(("outputs", "labels"), SHAPES)
def test_a_metric_that_broadcasts_where_the_loss_does_not_is_refused(outputs, labels, score):
    with pytest.raises(TaskError, match=r"the metric holds outputs of shape .* which fit only by broadcasting, to "):
        check_fit(task(outputs, labels, flat, score), "mine")


@pytest.mark.parametrize(
    ("outputs", "labels", "message"),
    [
        ((1,), (), r"\(N, 1\) against labels of shape \(N,\), .* \(N, N\).*labels\[:, None\], or outputs.squeeze\(1\)"),
        ((), (1,), r"\(N,\) against labels of shape \(N, 1\), .*outputs\[:, None\], or labels.squeeze\(1\)"),
        ((1, 4), (4,), r"\(N, 1, 4\) against .* \(N, 4\), .* \(N, N, 4\).*labels\[:, None\], or outputs.squeeze\(1\)"),
        ((4, 1), (4,), None),
        ((1,), (3,), r"\(N, 1\) against labels of shape \(N, 3\).*as many outputs as there are labels, \(N, 3\)"),
    ],
)
def test_the_refusal_says_both_shapes_and_both_ways_out(outputs, labels, message):
    if message is None:  # (N, 4, 1) and (N, 4) do not fit at all
        with pytest.raises(TaskError, match="the loss failed on 5 examples"):
            check_fit(task(outputs, labels, mse), "mine")
        return
    with pytest.raises(TaskError, match=message):
        check_fit(task(outputs, labels, mse), "mine")


INSIDE = {
    "outputs squeezed": (lambda o, y: float(np.abs(o.numpy().squeeze() - y.numpy()).mean()), (1,), (1,)),
    "labels flattened": (lambda o, y: float(np.abs(o.numpy() - y.numpy().ravel()).mean()), (1,), (1,)),
    "labels across": (lambda o, y: float(((o.numpy() - y.numpy().T) ** 2).mean() ** 0.5), (1,), (1,)),
    "the largest": (lambda o, y: float(np.abs(o.numpy()[:, 0] - y.numpy()).max()), (1,), (1,)),
    "by scipy": (lambda o, y: float(special.huber(1, o.numpy()[:, 0] - y.numpy()).mean()), (1,), (1,)),
    "r2": (lambda o, y: float(1 - ((y.numpy() - o.numpy().ravel()) ** 2).sum() / y.numpy().var()), (1,), (1,)),
}


@pytest.mark.parametrize("name", INSIDE)
def test_a_metric_that_broadcasts_out_of_sight_is_refused(name):
    score, outputs, labels = INSIDE[name]
    with pytest.raises(TaskError, match=r"the same whichever label goes with which output.*outputs\.flatten\(\)"):
        check_fit(task(outputs, labels, flat, score), "mine")


@pytest.mark.parametrize(
    "score",
    [
        lambda o, y: float((o.numpy().argmax(1, keepdims=True) == y.numpy()).mean()),
        lambda o, y: float(np.mean(o.numpy().argmax(1)[:, None] == y.numpy())),
        lambda o, y: int((o.numpy().argmax(1).reshape(-1, 1) == y.numpy()).sum()) / len(y),
    ],
)
def test_predicted_classes_in_a_column_are_refused(score):
    with pytest.raises(TaskError, match="the same whichever label goes with which output"):
        check_fit(task((3,), (), F.cross_entropy, score, integers=3), "mine")


@pytest.mark.parametrize(
    "score",
    [
        lambda o, y: float(np.abs(o.numpy() - y.numpy()).mean()),
        lambda o, y: float(((o.numpy() - y.numpy()) ** 2).mean() ** 0.5),
        lambda o, y: float(np.median(np.abs(y.numpy() - o.numpy()))),
    ],
)
def test_one_output_against_many_labels_out_of_sight_is_refused(score):
    made = task((1,), (3,), lambda o, y: flat(o, y[:, 0]), score)
    with pytest.raises(TaskError, match=r"\(N, 1\) against labels of shape \(N, 3\).*as many outputs as there are"):
        check_fit(made, "mine")


SOUND = {
    "wasserstein": (lambda o, y: float(np.abs(np.sort(o.numpy()[:, 0]) - np.sort(y.numpy())).mean()), (1,), ()),
    "wasserstein of columns": (
        lambda o, y: float(np.abs(np.sort(o.numpy(), 0) - np.sort(y.numpy(), 0)).mean()),
        (1,),
        (1,),
    ),
    "wasserstein by scipy": (lambda o, y: stats.wasserstein_distance(o[:, 0], y), (1,), ()),
    "energy": (lambda o, y: stats.energy_distance(o.numpy().ravel(), y.numpy().ravel()), (1,), (1,)),
    "kolmogorov": (lambda o, y: float(stats.ks_2samp(o.numpy().ravel(), y.numpy().ravel()).statistic), (1,), (1,)),
    "spearman": (lambda o, y: float(stats.spearmanr(o.numpy().ravel(), y.numpy().ravel())[0]), (1,), (1,)),
    "spearman of vectors": (lambda o, y: float(stats.spearmanr(o.numpy()[:, 0], y.numpy())[0]), (1,), ()),
    "pearson": (lambda o, y: float(np.corrcoef(o.numpy().squeeze(), y.numpy().squeeze())[0, 1]), (1,), (1,)),
    "all distances": (lambda o, y: float(np.abs(o.numpy()[:, None] - y.numpy()[None]).mean()), (2,), (2,)),
    "all distances of numbers": (lambda o, y: float(np.abs(o.numpy()[:, None] - y.numpy()[None]).mean()), (), ()),
    "all distances of columns": (lambda o, y: float(np.abs(o.numpy()[:, None] - y.numpy()[None]).mean()), (1,), (1,)),
    "bias": (lambda o, y: float(o.numpy().mean() - y.numpy().mean()), (1,), (1,)),
    "spread": (lambda o, y: float(o.numpy().std() / y.numpy().std()), (1,), ()),
    "within": (lambda o, y: float((np.abs(o.numpy() - y.numpy()) < 0.5).mean()), (1,), (1,)),
    "first of three": (lambda o, y: float(np.abs(o.numpy()[:, 0] - y.numpy()[:, 1]).mean()), (1,), (3,)),
    "mean of three": (lambda o, y: float(np.abs(o.numpy()[:, 0] - y.numpy().mean(1)).mean()), (1,), (3,)),
    "quantiles": (lambda o, y: float(np.abs(y.numpy() - o.numpy()).mean()), (3,), (1,)),
    "cosine": (lambda o, y: float((o.numpy() * y.numpy()).sum(1).mean()), (3,), (3,)),
    "constant": (lambda o, y: 0.5, (1,), (1,)),
    "fails often": (lambda o, y: 1 / 0 if o.min() < 0 else 1.0, (1,), (1,)),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_metric_out_of_sight_is_taken(name):
    score, outputs, labels = SOUND[name]
    made = task(outputs, labels, lambda o, y: o.square().mean(), score)
    check_fit(made.with_model(lambda: Shaped(outputs, nn.Softplus)), "mine")


@pytest.mark.parametrize(
    "score",
    [
        lambda o, y: float((o.numpy().argmax(1) == y.numpy()).mean()),
        lambda o, y: float(np.mean([np.mean(o.numpy().argmax(1)[y.numpy() == c] == c) for c in np.unique(y.numpy())])),
        lambda o, y: float(
            np.abs(np.bincount(o.numpy().argmax(1), minlength=3) - np.bincount(y.numpy(), minlength=3)).sum()
        ),
        lambda o, y: float((np.argsort(-o.numpy(), 1)[:, :2] == y.numpy()[:, None]).any(1).mean()),
        lambda o, y: -float(np.log(o.softmax(1).numpy()[np.arange(len(y)), y.numpy()]).mean()),
    ],
)
def test_a_sound_metric_of_classes_out_of_sight_is_taken(score):
    check_fit(task((3,), (), F.cross_entropy, score, integers=3), "mine")


def squeezed(outputs, labels):
    return mse(outputs.squeeze(1), labels)


def column(outputs, labels):
    return mse(outputs, labels[:, None])


def quantiles(outputs, labels):
    away = labels - outputs
    return torch.maximum(0.5 * away, -0.5 * away).mean()


def dice(outputs, labels):
    shares, truth = outputs.softmax(1), F.one_hot(labels.long(), 3).movedim(-1, 1)
    return 1 - (2 * (shares * truth).sum((0, 2, 3)) / (shares + truth).sum((0, 2, 3)).clamp(min=1e-6)).mean()


def masked(outputs, labels):
    there = labels > 0
    return ((outputs.squeeze(1) - labels)[there] ** 2).sum() / there.sum().clamp(min=1)


def contrastive(outputs, labels):
    alike = (labels[:, None] == labels[None, :]).float()
    near = F.normalize(outputs) @ F.normalize(outputs).T
    return -(near * alike).mean()


def cox(outputs, labels):
    risk = outputs.squeeze(1)
    later = (labels[None, :] >= labels[:, None]).float()
    return ((later * risk.exp()).sum(1).log() - risk).mean()


def ranking(outputs, labels):
    apart = outputs - outputs.T
    return F.softplus(-apart * (labels[:, None] - labels[None, :]).sign()).mean()


def gaussian(outputs, labels):
    return F.gaussian_nll_loss(outputs[:, :2], labels, outputs[:, 2:].exp())


def weighted(outputs, labels):
    return F.cross_entropy(outputs, labels.long(), weight=torch.tensor([1.0, 2.0, 3.0]))


def focal(outputs, labels):
    each = F.cross_entropy(outputs, labels.long(), reduction="none")
    return ((1 - torch.exp(-each)) ** 2 * each).mean()


def per_example(outputs, labels):
    return ((1 + labels) * F.mse_loss(outputs.squeeze(1), labels, reduction="none")).mean()


def bias(outputs, labels):
    return (outputs.mean() - labels.mean()).abs()


def by_numpy(outputs, labels):
    return float(np.abs(outputs.numpy()[:, 0] - labels.numpy()).mean())


def right(outputs, labels):
    return (outputs.argmax(1) == labels).double().mean().item()


FINE = {
    "cross-entropy": (F.cross_entropy, (3,), (), 3),
    "class weights": (weighted, (3,), (), 3),
    "smoothed": (nn.CrossEntropyLoss(label_smoothing=0.1), (3,), (3,), None),
    "focal": (focal, (3,), (), 3),
    "pixels": (F.cross_entropy, (3, 4, 6), (4, 6), 3),
    "dice": (dice, (3, 4, 6), (4, 6), 3),
    "mse": (mse, (1,), (1,), None),
    "mse of numbers": (mse, (), (), None),
    "squeezed": (squeezed, (1,), (), None),
    "a column": (column, (1,), (), None),
    "a column without labels of shape": (lambda o, y: F.mse_loss(o, y.unsqueeze(1)), (1,), (), None),
    "quantiles": (quantiles, (3,), (1,), None),
    "quantiles of a column": (lambda o, y: quantiles(o, y[:, None]), (3,), (), None),
    "masked": (masked, (1,), (), None),
    "weights by example": (per_example, (1,), (), None),
    "binary": (F.binary_cross_entropy_with_logits, (1,), (1,), 2),
    "binary, squeezed": (lambda o, y: F.binary_cross_entropy_with_logits(o[:, 0], y), (1,), (), 2),
    "positive weight": (nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.0, 1.0])), (2,), (2,), 2),
    "many labels": (nn.MultiLabelSoftMarginLoss(), (4,), (4,), 2),
    "contrastive": (contrastive, (4,), (), 3),
    "cox": (cox, (1,), (), None),
    "ranking": (ranking, (1,), (), None),
    "gaussian": (gaussian, (3,), (2,), None),
    "poisson": (nn.PoissonNLLLoss(), (2,), (2,), 5),
    "constants": (lambda o, y: ((o - 0.5) ** 2 + (y - 1) ** 2).mean(), (1,), (1,), None),
    "bias": (bias, (1,), (), None),
    "matrix": (lambda o, y: ((o - y) @ torch.eye(4)).square().mean(), (4,), (4,), None),
    "normalised": (lambda o, y: mse((o - o.mean(0)) / (1 + o.std(0)), y), (2,), (2,), None),
    "one hot": (lambda o, y: mse(o.softmax(1), F.one_hot(y.long(), 3)), (3,), (), 3),
    "five outputs": (mse, (5,), (5,), None),
    "stacked": (lambda o, y: torch.stack([mse(o[:, 0], y), mse(o[:, 1], y)]).sum(), (2,), (), None),
}


@pytest.mark.parametrize("name", FINE)
def test_a_sound_loss_is_taken(name):
    loss, outputs, labels, integers = FINE[name]
    check_fit(task(outputs, labels, loss, integers=integers), "mine")


@pytest.mark.parametrize("score", [by_numpy, bias, lambda o, y: mse(o, y[:, None]), lambda o, y: o.mean().item()])
def test_a_sound_metric_is_taken(score):
    check_fit(task((1,), (), squeezed, score), "mine")


def test_a_loss_is_taken_where_all_outputs_are_alike():
    """A model of zeros: its loss is the same whichever label goes with which output."""
    made = task((1,), (), squeezed, by_numpy)
    check_fit(made.with_model(lambda: nn.utils.skip_init(nn.Linear, 3, 1).apply(_zeros)), "mine")


def _zeros(layer):
    nn.init.zeros_(layer.weight), nn.init.zeros_(layer.bias)


def test_a_label_column_against_the_predicted_classes_is_refused():
    made = task((3,), (1,), lambda o, y: F.cross_entropy(o, y[:, 0].long()), right, integers=3)
    with pytest.raises(TaskError, match=r"the metric holds outputs of shape \(N,\) against labels of shape \(N, 1\)"):
        check_fit(made, "mine")


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        ({"loss": lambda o, y: o.clamp_(min=0).mean()}, "the loss changes its outputs in place"),
        ({"loss": lambda o, y: mse(o, y.mul_(2))}, "the loss changes its labels in place, .*labels.clone"),
        ({"score": lambda o, y: float(o.tanh_().mean())}, "the metric changes its outputs in place"),
        ({"score": lambda o, y: float(np.add(y.numpy(), 1, out=y.numpy()).mean())}, "the metric changes its labels"),
    ],
)
def test_a_measure_that_changes_what_it_is_given_is_refused(measure, message):
    with pytest.raises(TaskError, match=message):
        check_fit(task((1,), (1,), **({"loss": mse} | measure)), "mine")
