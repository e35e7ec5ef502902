"""Linear layers that read images which do not lie in memory without gaps: a copy is made before them."""

import pytest
import torch
from torch import nn

pytestmark = pytest.mark.usefixtures("instruction_set")


class Forked(nn.Module):
    """An image that a padded convolution reads, a linear layer too, and as part of a joined image a third."""

    def __init__(self):
        super().__init__()
        self.first, self.padded = nn.Conv2d(2, 3, 1), nn.Conv2d(3, 3, 3, padding=1)
        self.one, self.two, self.three = nn.Linear(60, 4), nn.Linear(60, 4), nn.Linear(120, 4)

    def forward(self, x):
        x = torch.relu(self.first(x))
        y = torch.relu(self.padded(x))
        joined = torch.cat([x, y], 1)
        return self.one(x.flatten(1)) + self.two(y.flatten(1)) + self.three(joined.flatten(1))


def padded_to_the_end():
    layers = nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(), nn.Conv2d(3, 5, 3, padding=1), nn.ReLU()
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(100, 4))


@pytest.mark.parametrize("make", [Forked, padded_to_the_end])
def test_linear_of_images_with_a_border_or_in_slices(twin, make):
    found = twin(make, (2, 5, 4), which=(0, 1, 1))
    assert max(found.step(0, found.values(momentum=0.5), True).values()) <= 1e-12
    assert found.look() <= 1e-12
