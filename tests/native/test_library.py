"""The compiled part: found, chosen by the processor, and missed in words."""

import subprocess
import sys

import pytest

from lrlab.errors import NativeMissing, UnknownName
from lrlab.native import isa, library, library_file, missing
from lrlab.native._library import ISAS


def test_importing_the_room_loads_nothing():
    code = "import sys, lrlab.native; print('torch' in sys.modules, lrlab.native.library.cache_info().currsize)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.split() == ["False", "0"]


def test_a_folder_without_libraries_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("LRLAB_NATIVE", str(tmp_path))
    library.cache_clear()
    try:
        assert str(tmp_path) in (missing() or "")
        with pytest.raises(NativeMissing, match="LRLAB_NATIVE"):
            library()
    finally:
        library.cache_clear()


def test_a_damaged_library_is_missed_in_words(tmp_path, monkeypatch, needs_native):
    for file in library_file().parent.glob("lib*"):
        (tmp_path / file.name).write_bytes(b"no library")
    monkeypatch.setenv("LRLAB_NATIVE", str(tmp_path))
    with pytest.raises(NativeMissing, match="cannot be loaded"):
        isa()


def test_an_install_without_a_compiler_says_the_way_out(monkeypatch):
    monkeypatch.delenv("LRLAB_NATIVE", raising=False)
    monkeypatch.setattr(sys.modules["lrlab.native"], "__path__", [])
    with pytest.raises(NativeMissing, match=r"install g\+\+ or clang\+\+"):
        isa()
    with pytest.raises(NativeMissing, match="--no-cache-dir"):  # pip keeps the package that it made without a compiler
        isa()


def test_a_lower_instruction_set_can_be_asked_for(monkeypatch, needs_native):
    monkeypatch.setenv("LRLAB_ISA", "plain")
    assert isa() == "plain"
    assert "plain" in library_file().name


def test_an_unknown_instruction_set_is_named_with_those_there_are(monkeypatch, needs_native):
    monkeypatch.setenv("LRLAB_ISA", "avx3")
    with pytest.raises(UnknownName, match="avx2"):
        isa()


def test_a_wider_set_than_the_processor_has_is_refused(monkeypatch, needs_native):
    widest = ISAS.index(isa())
    if widest == len(ISAS) - 1:
        pytest.skip("this processor has the widest set")
    monkeypatch.setenv("LRLAB_ISA", ISAS[widest + 1])
    with pytest.raises(NativeMissing, match=ISAS[widest]):
        isa()


def test_all_sets_of_this_processor_have_a_library(needs_native):
    names = {file.name for file in library_file().parent.glob("liblrlab_lanes_*")}
    assert any("plain" in name for name in names)
    assert library_file().name in names
    assert sum(file.stat().st_size for file in library_file().parent.glob("lib*")) < 3_000_000


def test_a_library_of_another_version_is_not_called(monkeypatch, needs_native):
    from lrlab.native import _library

    monkeypatch.setattr(_library, "VERSION", 2)
    library.cache_clear()
    try:
        assert "compiled from other sources" in (missing() or "")
    finally:
        monkeypatch.undo()
        library.cache_clear()
