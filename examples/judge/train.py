"""A plain PyTorch loop on scikit-learn's digits under two schedules, five seeds each, written as a CSV and judged. Try

python examples/judge/train.py
python examples/judge/train.py --seeds 10 --first-seed 5

The first answer is "undecided": five paired seeds can show no difference. The second trains ten seeds that took no part
in the first, a number that was settled before, and is looked at once.
"""

import argparse
import csv
from pathlib import Path

import torch
from sklearn.datasets import load_digits
from torch import nn

import lrlab

UPDATES, BATCH, PEAK = 120, 64, 0.3
torch.set_num_threads(1)  # the fastest for so small a model

parser = argparse.ArgumentParser()
parser.add_argument("--seeds", type=int, default=5)
parser.add_argument("--first-seed", type=int, default=0)
parser.add_argument("--out", type=Path, default=Path("runs.csv"))
asked = parser.parse_args()

images, labels = load_digits(return_X_y=True)
inputs, targets = torch.tensor(images / 16, dtype=torch.float32), torch.tensor(labels)
order = torch.randperm(len(targets), generator=torch.Generator().manual_seed(0))
training, test = order[:1200], order[1200:]


def train(schedule, seed):
    torch.manual_seed(seed)  # the same seed gives both schedules the same weights and batches: runs can be paired
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=PEAK, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, UPDATES) if schedule == "cosine" else None
    for _ in range(UPDATES):
        batch = training[torch.randint(len(training), (BATCH,))]
        loss = nn.functional.cross_entropy(model(inputs[batch]), targets[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if scheduler:
            scheduler.step()
    with torch.no_grad():
        return (model(inputs[test]).argmax(1) == targets[test]).double().mean().item()


seeds = range(asked.first_seed, asked.first_seed + asked.seeds)
with asked.out.open("w", newline="", encoding="utf-8") as file:
    rows = csv.writer(file)
    rows.writerow(["schedule", "seed", "test_accuracy"])
    rows.writerows([schedule, seed, train(schedule, seed)] for seed in seeds for schedule in ("constant", "cosine"))

judged = lrlab.judge(asked.out)
print(judged)
print("cosine is better than constant:", judged.check("cosine>constant"))
