import pytest

from lrlab.execution import failure_of


def test_a_failure_names_the_line_of_the_users_own_code(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("import json\n\ndef half(text):\n    return json.loads(text)\n")
    space = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    with pytest.raises(ValueError, match="Expecting value") as caught:
        space["half"]("x")
    failure = failure_of(caught.value, "a", 2)
    assert (failure.job, failure.attempt) == ("a", 2)
    assert failure.message.endswith(f"({path}:4)")
    assert "Traceback" in failure.traceback


def test_a_file_name_in_another_encoding_can_be_told():
    failure = failure_of(OSError("no file b\udce4r"))
    assert failure.message == r"OSError: no file b\udce4r"
    assert r"b\udce4r" in failure.traceback
