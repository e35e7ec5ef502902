"""What code of the user's prints goes to standard error, by whatever way it is printed."""

import os
import subprocess
import sys
import threading

import pytest

from lrlab.printing import printed_aside


def print_in_every_way(word):
    print(word, "print")
    os.write(1, f"{word} raw\n".encode())
    subprocess.run([sys.executable, "-c", f"print('{word} child')"], check=True)
    sys.__stdout__.write(f"{word} own\n")


WAYS = ("print", "raw", "child", "own")


def lines_of(text):
    return sorted(line for line in text.splitlines() if line)


@pytest.fixture
def own_output(capfd, monkeypatch):
    """What sys.stdout and sys.__stdout__ of a program are: the same stream of the file descriptor, with a buffer."""
    with open(os.dup(1), "w") as stream, monkeypatch.context() as patch:  # noqa: PTH123
        patch.setattr(sys, "stdout", stream)
        patch.setattr(sys, "__stdout__", os.fdopen(1, "w", closefd=False))
        yield capfd
        sys.__stdout__.flush()
        sys.stdout.flush()


def test_within_the_block_all_goes_to_standard_error_and_after_it_nothing(own_output):
    sys.__stdout__.write("before\n")
    with printed_aside():
        print_in_every_way("within")
    sys.__stdout__.write("after\n")
    sys.__stdout__.flush()
    output, errors = own_output.readouterr()
    assert lines_of(output) == ["after", "before"]
    assert lines_of(errors) == sorted(f"within {way}" for way in WAYS)


def test_compiled_code_prints_aside_too(own_output):
    ctypes = pytest.importorskip("ctypes")
    try:
        library = ctypes.CDLL(None)
    except (OSError, TypeError):
        pytest.skip("the C library is not found by name here")
    with printed_aside():
        library.printf(b"compiled\n")
    assert own_output.readouterr() == ("", "compiled\n")


def test_blocks_within_blocks_and_in_other_threads_end_when_the_last_one_does(own_output):
    entered, leave = threading.Event(), threading.Event()

    def stay():
        with printed_aside():
            entered.set()
            leave.wait(30)

    thread = threading.Thread(target=stay)
    with printed_aside(), printed_aside():
        thread.start()
        assert entered.wait(30)
    print("still aside", flush=True)
    leave.set()
    thread.join()
    print("back", flush=True)
    os.write(1, b"back\n")
    assert own_output.readouterr() == ("back\nback\n", "still aside\n")


def test_what_is_raised_within_turns_back(own_output):
    with pytest.raises(ValueError, match="mine"), printed_aside():
        raise ValueError("mine")
    os.write(1, b"back\n")
    assert own_output.readouterr().out == "back\n"


@pytest.mark.parametrize("closed", [1, 2])
def test_a_program_without_standard_output_or_errors_goes_on(closed):
    code = (
        f"import os; os.close({closed}); from lrlab.printing import printed_aside\n"
        "with printed_aside(): pass\n"
        f"try: os.fstat({closed}); raise SystemExit('opened')\nexcept OSError: raise SystemExit(0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
