"""One model after the other, as in `loop`, with images in channels-last memory: faster for deep networks of images."""

from torch import Tensor, nn

from ...tasks import Inputs, map_inputs
from ._loop import Loop
from ._modules import thinning
from ._packing import channels_last


class ChannelsLast(Loop):
    """K modules, run one by one on channels-last images where that is safe, else as `Loop` does. See `Layout`."""

    name = "channels_last"

    def _prepare(self) -> None:
        self._safe = safe(self.models[0])

    def _run_one(self, k: int, inputs: Inputs, train: bool) -> Tensor:
        return super()._run_one(k, map_inputs(channels_last, inputs) if self._safe else inputs, train)


def safe(model: nn.Module) -> bool:
    """Whether no convolution of the model can meet the kernel that writes past its memory (see `thinning`).

    A weight of four dimensions outside of torch's own layers may be used by one: not safe.
    """
    convolutions = [module for module in model.modules() if isinstance(module, nn.Conv1d | nn.Conv2d)]
    known = {id(parameter) for module in convolutions for parameter in module.parameters(recurse=False)}
    stray = any(parameter.ndim == 4 and id(parameter) not in known for parameter in model.parameters())
    return not stray and not any(thinning(module, module.groups) for module in convolutions)
