"""The project as a whole: what a reader of its files may rely on."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: the list of files is not known")
    return [path for line in listed.stdout.splitlines() if (path := ROOT / line).exists()]


def test_python_files_have_one_clear_job():
    long = {str(path.relative_to(ROOT)): n for path in tracked() if path.suffix == ".py" and (n := _lines(path)) > 400}
    assert not long


def test_no_forbidden_import():
    pattern = re.compile(r"^\s*(?:import|from)\s+(torchvision|timm|torchmetrics)\b", re.MULTILINE)
    assert not [path for path in tracked() if path.suffix == ".py" and pattern.search(path.read_text(encoding="utf-8"))]


def test_relative_links_in_the_documents_lead_somewhere():
    links = [
        (path, target)
        for path in tracked()
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8"))
        if "://" not in target
    ]
    assert not [
        f"{path.relative_to(ROOT)} -> {target}" for path, target in links if not (path.parent / target).exists()
    ]


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())
