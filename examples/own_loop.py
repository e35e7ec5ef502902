"""A training loop as anyone writes it, on scikit-learn's digits; lrlab's lines are those that say `run`. Try

lrlab compare examples/own_loop.py constant cosine "warmup(span=5%)+linear" --updates 300 --peaks 0.03,0.1,0.3
python examples/own_loop.py
"""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

import lrlab

DIGITS = load_digits()
DATA = TensorDataset(torch.tensor(DIGITS.data / 16, dtype=torch.float32), torch.tensor(DIGITS.target))
TRAIN, VALIDATION, TEST = random_split(DATA, [0.6, 0.2, 0.2], torch.Generator().manual_seed(0))
UPDATES_PER_EPOCH = len(TRAIN) // 32


@lrlab.trial(metric="accuracy", updates_per_epoch=UPDATES_PER_EPOCH, settings={"weight_decay": 1e-4})
def train(run):
    torch.manual_seed(run.seed)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=run.peak, weight_decay=run.settings["weight_decay"])
    scheduler = run.scheduler(optimizer)
    checkpoint, parts = run.folder / "last.pt", (model, optimizer, scheduler)
    if checkpoint.exists():  # this trial was paused
        for part, state in zip(parts, torch.load(checkpoint), strict=True):
            part.load_state_dict(state)
    while scheduler.t < run.updates:
        for inputs, labels in DataLoader(TRAIN, batch_size=32, shuffle=True, drop_last=True):
            loss = nn.functional.cross_entropy(model(inputs), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            if scheduler.t >= run.updates:
                break
        accuracy, validation_loss = evaluate(model, VALIDATION)
        run.report(train_loss=loss, validation_loss=validation_loss, validation_accuracy=accuracy)
        if run.should_stop:
            torch.save([part.state_dict() for part in parts], checkpoint)
            return
    accuracy, test_loss = evaluate(model, TEST)
    run.finish(test_loss=test_loss, test_accuracy=accuracy)


@torch.no_grad()
def evaluate(model, data):
    inputs, labels = data.dataset[data.indices]
    outputs = model(inputs)
    return (outputs.argmax(1) == labels).float().mean(), nn.functional.cross_entropy(outputs, labels)


if __name__ == "__main__":
    print(lrlab.compare(train, ["constant", "cosine"], epochs=3, peaks=[0.1, 0.3], tuning_seeds=1, seeds=6))
