"""The compiled part under the address and undefined behaviour sanitizers: networks of random shapes touch no memory
but their own. And the proof that this test can fail: a buffer that is too small is found."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lrlab.native._library import ISAS

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="needs a sanitizer to be preloaded")]
NATIVE = Path(__file__).parents[3] / "native"
FUZZ = Path(__file__).with_name("_fuzz.py")


@pytest.fixture(scope="module")
def sanitized(tmp_path_factory):
    """The folder with sanitized libraries, and the file of the sanitizer."""
    compiler, cmake = os.environ.get("CXX") or shutil.which("g++"), shutil.which("cmake")
    if not compiler or not cmake:
        pytest.skip("needs g++ and cmake")
    runtime = subprocess.run([compiler, "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    if not Path(runtime.stdout.strip()).is_absolute():
        pytest.skip("needs the address sanitizer of g++")
    folder = tmp_path_factory.mktemp("native")
    flags = [f"-DCMAKE_CXX_COMPILER={compiler}", "-DLANES_SANITIZE=ON", "-DCMAKE_BUILD_TYPE=Debug"]
    targets = ["lrlab_isa", *(f"lrlab_lanes_{isa}" for isa in ISAS)]
    done(cmake, "-S", NATIVE, "-B", folder, *flags)
    done(cmake, "--build", folder, "--parallel", "4", "--target", *targets)
    return folder, runtime.stdout.strip()


def done(*words):
    ended = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, (ended.stdout + ended.stderr)[-4000:]


def run(sanitized, isa, *words):
    folder, runtime = sanitized
    settings = {
        "LD_PRELOAD": runtime,
        "ASAN_OPTIONS": "detect_leaks=0",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "LRLAB_NATIVE": str(folder),
        "LRLAB_ISA": isa,
        "OMP_NUM_THREADS": "1",
        "PYTHONMALLOC": "malloc",
    }
    command = [sys.executable, str(FUZZ), *words]
    return subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, check=False, timeout=300)


def widest(sanitized):
    ended = run(sanitized, "", "isa")
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


@pytest.mark.parametrize("kind", ["nets", "sequences"])
@pytest.mark.parametrize("isa", ISAS)
def test_random_networks_touch_no_memory_but_their_own(sanitized, isa, kind):
    if ISAS.index(isa) > ISAS.index(widest(sanitized)):
        pytest.skip(f"needs a processor with {isa}")
    ended = run(sanitized, isa, kind)
    assert ended.returncode == 0, ended.stderr[-4000:]
    assert ended.stderr == ""
    assert "60 networks" in ended.stdout


def test_a_read_out_of_bounds_is_found(sanitized):
    ended = run(sanitized, "plain", "planted")
    assert ended.returncode != 0
    assert "AddressSanitizer: heap-buffer-overflow" in ended.stderr
    assert "lanes_write" in ended.stderr
