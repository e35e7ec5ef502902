"""transformers' Trainer and an encoder made from a config, as a trial: it sees digits in sixteen patches. Try

lrlab compare examples/trainer_loop.py:train constant linear cosine "warmup(span=10%)+linear" --updates 370
"""

import torch
from digits_split import UPDATES_PER_EPOCH, digits
from transformers import Trainer, TrainingArguments, ViTConfig, ViTForImageClassification

import lrlab
from lrlab.trainers import TransformersCallback

CONFIG = ViTConfig(
    image_size=8,
    patch_size=2,
    num_channels=1,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=64,
    num_labels=10,
    initializer_range=0.2,
)


def images(inputs, labels):
    pairs = zip(torch.as_tensor(inputs).view(-1, 1, 8, 8), labels, strict=True)
    return [{"pixel_values": image, "labels": int(label)} for image, label in pairs]


def accuracy(predicted):
    return {"accuracy": (predicted.predictions.argmax(1) == predicted.label_ids).mean()}


@lrlab.trial(metric="accuracy", updates_per_epoch=UPDATES_PER_EPOCH)
def train(run):
    callback = TransformersCallback(run)
    model = ViTForImageClassification(CONFIG)
    optimizer = torch.optim.AdamW(model.parameters(), lr=run.peak)
    training, validation, test = [images(*part) for part in digits()]
    arguments = TrainingArguments(
        output_dir=run.folder,
        max_steps=run.updates,
        seed=run.seed,
        per_device_train_batch_size=32,
        dataloader_drop_last=True,
        eval_strategy="epoch",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
    )
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=training,
        eval_dataset=validation,
        compute_metrics=accuracy,
        callbacks=[callback],
        optimizers=(optimizer, run.scheduler(optimizer)),
    )
    trainer.train(resume_from_checkpoint=callback.checkpoint)
    if not run.should_stop:
        callback.finish(trainer.evaluate(test, metric_key_prefix="test"))
