"""RMSprop as torch has it, with a momentum that may begin after the first update."""

from typing import Any, cast

import torch
from torch import Tensor


class RMSprop(torch.optim.RMSprop):
    """torch's, which has a running direction only where the momentum of the first update is above 0.

    A schedule may raise it later. The running direction is then 0 so far, as torch leaves it alone at momentum 0.
    """

    def step(self, closure: Any = None) -> Any:
        """One update from the gradients there are."""
        moving = [group for group in self.param_groups if group["momentum"] > 0]
        for weight in (weight for group in moving for weight in cast("list[Tensor]", group["params"])):
            state = self.state.get(weight)
            if state and "momentum_buffer" not in state:
                state["momentum_buffer"] = torch.zeros_like(weight, memory_format=torch.preserve_format)
        return super().step(closure)
