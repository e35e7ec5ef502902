"""A loop of JAX and optax as a trial. Try

lrlab compare examples/optax_loop.py:train constant cosine "warmup(span=5%)+linear" --updates 370
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from digits_split import UPDATES_PER_EPOCH, digits

import lrlab


def loss_of(weights, inputs, labels):
    hidden = jnp.tanh(inputs @ weights[0])
    return optax.softmax_cross_entropy_with_integer_labels(hidden @ weights[1], labels).mean()


def accuracy_of(weights, inputs, labels):
    return (jnp.argmax(jnp.tanh(inputs @ weights[0]) @ weights[1], axis=1) == labels).mean()


@lrlab.trial(metric="accuracy", updates_per_epoch=UPDATES_PER_EPOCH)
def train(run):
    (inputs, labels), validation, test = digits()
    first, second = jax.random.split(jax.random.key(run.seed))
    weights = [jax.random.normal(first, (64, 32)) / 8, jax.random.normal(second, (32, 10)) / 6]
    schedule = lrlab.optax_schedule(run.schedule, run.peak, run.updates, updates_per_epoch=run.updates_per_epoch)
    optimizer = optax.inject_hyperparams(optax.sgd)(learning_rate=schedule, momentum=0.9)
    state = optimizer.init(weights)

    @jax.jit
    def step(weights, state, inputs, labels):
        moves, state = optimizer.update(jax.grad(loss_of)(weights, inputs, labels), state)
        return optax.apply_updates(weights, moves), state

    orders = np.random.default_rng(run.seed)
    for update in range(run.updates):
        if update % run.updates_per_epoch == 0:
            order = orders.permutation(len(labels))
        batch = order[32 * (update % run.updates_per_epoch) :][:32]
        weights, state = step(weights, state, inputs[batch], labels[batch])
        run.record_rate(update, state.hyperparams["learning_rate"])
        if (update + 1) % run.updates_per_epoch == 0:
            loss, accuracy = loss_of(weights, *validation), accuracy_of(weights, *validation)
            run.report(update=update + 1, validation_loss=loss, validation_accuracy=accuracy)
    run.finish(test_loss=loss_of(weights, *test), test_accuracy=accuracy_of(weights, *test))
