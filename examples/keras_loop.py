"""Keras 3 as a trial, on whatever backend it is set to. Try

KERAS_BACKEND=jax lrlab compare examples/keras_loop.py:train constant cosine "warmup(span=5%)+linear" --updates 370
"""

import keras
from digits_split import UPDATES_PER_EPOCH, digits

import lrlab
from lrlab.trainers import KerasCallback


@lrlab.trial(metric="accuracy", updates_per_epoch=UPDATES_PER_EPOCH)
def train(run):
    (inputs, labels), validation, test = digits()
    kept = 32 * UPDATES_PER_EPOCH
    callback = KerasCallback(run)
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(32, "tanh"), keras.layers.Dense(10, "softmax")])
    optimizer = keras.optimizers.SGD(callback.schedule(), momentum=0.9)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    backup = keras.callbacks.BackupAndRestore(run.folder, delete_checkpoint=False)
    model.fit(
        inputs[:kept],
        labels[:kept],
        batch_size=32,
        epochs=run.updates // run.updates_per_epoch,
        validation_data=validation,
        callbacks=[callback, backup],
        verbose=0,
    )
    if not run.should_stop:
        callback.finish(model.evaluate(*test, return_dict=True, verbose=0))
