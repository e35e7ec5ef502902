"""Where names go on in the next line."""

import re

import pytest

from lrlab.report._breaks import breakable


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("warmup(span=5%)+cosine@muon", "warmup(<wbr>span=5%)<wbr>+cosine<wbr>@muon"),
        ("+0.47 (−0.70 to 1.64)", "+0.47 (−0.70 to 1.64)"),
        ("a < b & 'c'", "a &lt; b &amp; &#x27;c&#x27;"),
        ("<wbr>", "&lt;wbr&gt;"),
        (12, "12"),
    ],
)
def test_a_name_may_go_on_in_the_next_line_at_its_joints_and_is_text(text, html):
    assert breakable(text) == html
    assert re.sub("<wbr>", "", html).count("<") == 0
