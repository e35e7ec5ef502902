"""The compiled part: found, chosen by the processor, and missed in words."""

import subprocess
import sys

import pytest

from lrlab.errors import NativeMissing, UnknownName
from lrlab.native import _library, isa, isas, library, library_file, missing


def test_importing_the_room_loads_nothing():
    code = "import sys, lrlab.native._library as room; print('torch' in sys.modules, room.loaded.cache_info().currsize)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.split() == ["False", "0"]


def test_a_folder_without_libraries_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("LRLAB_NATIVE", str(tmp_path))
    assert str(tmp_path) in (missing() or "")
    with pytest.raises(NativeMissing, match="LRLAB_NATIVE"):
        library()


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


def test_each_instruction_set_of_the_processor_can_be_asked_for(monkeypatch, needs_native):
    bytes_of = {"plain": 16, "avx2": 32, "avx512": 64}
    for asked in isas():
        monkeypatch.setenv("LRLAB_ISA", asked)
        assert isa() == asked
        assert library_file().name.startswith(f"liblrlab_lanes_{asked}.")
        assert library().lanes_width(False) == bytes_of[asked] // 4  # not the library that was loaded before


def test_the_widest_is_taken_where_none_is_asked_for(monkeypatch, needs_native):
    monkeypatch.delenv("LRLAB_ISA", raising=False)
    assert isa() == isas()[-1]


def test_an_unknown_instruction_set_is_named_with_those_there_are(monkeypatch, needs_native):
    monkeypatch.setenv("LRLAB_ISA", "avx3")
    with pytest.raises(UnknownName, match="avx2"):
        isa()


def test_a_wider_set_than_the_processor_has_is_refused(monkeypatch, needs_native):
    monkeypatch.setattr(_library, "isas", lambda: ("plain", "avx2"))
    monkeypatch.setenv("LRLAB_ISA", "avx512")
    with pytest.raises(NativeMissing, match="this processor has avx2; unset it, or say avx2"):
        isa()


def test_all_sets_of_this_processor_have_a_library(needs_native):
    names = {file.name for file in library_file().parent.glob("liblrlab_lanes_*")}
    assert any("plain" in name for name in names)
    assert library_file().name in names
    assert sum(file.stat().st_size for file in library_file().parent.glob("lib*")) < 3_000_000


def test_a_library_of_another_version_is_not_called(monkeypatch, needs_native):
    monkeypatch.setattr(_library, "VERSION", _library.VERSION + 1)
    _library.loaded.cache_clear()
    assert "compiled from other sources" in (missing() or "")  # a refusal is not remembered
