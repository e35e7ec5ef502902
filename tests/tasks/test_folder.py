"""Where data may lie: a name that can be no folder is refused in words."""

import pytest

from lrlab.errors import TaskError
from lrlab.tasks._folder import real_place


def test_a_loop_of_links_is_a_place_where_nothing_is(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert not real_place(str(tmp_path / "a")).exists()


@pytest.mark.parametrize("text", ["~nobody-of-this-name/data", "data\0more"])
def test_a_place_that_cannot_be_is_refused(text):
    with pytest.raises(TaskError, match=r"there can be no folder .*; name another"):
        real_place(text)
