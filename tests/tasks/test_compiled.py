"""Images prepared by compiled code and by torch: the same bits."""

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrlab.tasks import Augment, Normalize, _compiled, _prepare

pytestmark = pytest.mark.usefixtures("instruction_set")


@st.composite
def work(draw):
    height, width, channels = draw(st.integers(2, 11)), draw(st.integers(2, 11)), draw(st.integers(1, 4))
    count = draw(st.integers(1, 5))
    crop, cutout = draw(st.integers(0, min(height, width) - 1)), draw(st.integers(0, 12))
    augment = draw(st.sampled_from([None, Augment(crop=crop, flip=draw(st.booleans()), cutout=cutout)]))
    normalize = draw(
        st.sampled_from([None, Normalize([0.4, 0.5, 0.6, 0.1][:channels], [0.2, 0.3, 0.1, 0.7][:channels])])
    )
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    images = torch.randint(0, 256, (count, channels, height, width), dtype=torch.uint8, generator=generator)
    draws = draw(st.sampled_from([None, _prepare.draw(count, generator)]))
    return images, augment, normalize, draws, draw(st.sampled_from([torch.float32, torch.float64]))


@given(work())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_bits(work):
    compiled = _prepare.prepare(*work)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_prepare, "prepare_compiled", lambda *_: None)
        plain = _prepare.prepare(*work)
    assert compiled.dtype == plain.dtype
    assert torch.equal(compiled, plain)


def test_it_is_used(monkeypatch):
    asked = []
    honest = _compiled.library
    monkeypatch.setattr(_compiled, "library", lambda: asked.append(1) or honest())
    _prepare.prepare(torch.zeros(2, 3, 4, 4, dtype=torch.uint8), None, None, None, torch.float32)
    assert asked


def test_other_types_are_left_to_torch():
    images = torch.zeros(2, 3, 4, 4, dtype=torch.uint8)
    found = _prepare.prepare(images, None, None, None, torch.bfloat16)
    assert found.dtype == torch.bfloat16
