"""The script for a lease of a graphics card, on a processor and at the scale smoke: every step but the card's own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lrlab.publications import find_publication
from lrlab.publications._kept import read_kept
from lrlab.store import Store

ROOT = Path(__file__).parents[1]
STUDY = "googlenet-schedules"


@pytest.fixture(scope="module")
def lease(tmp_path_factory, real_data):
    """Leases, the first over before its study: what they left, the trials after each, and what the last one said."""
    out = tmp_path_factory.mktemp("card")
    said, trials = run_lease(out, real_data, seconds=25), [trials_in(out)]
    while f"{STUDY}: ended with code 0" not in said:
        assert len(trials) < 6, said
        said = run_lease(out, real_data, seconds=150)
        trials.append(trials_in(out))
    return out, trials, said


def run_lease(out, data, seconds):
    """The steps that a lease says it did."""
    command = ["benchmarks/card.sh", str(out), "--seconds", str(seconds), "--device", "cpu", "--scale", "smoke"]
    environment = os.environ | {"PYTHON": sys.executable, "LRLAB_DATA": str(data)}
    done = subprocess.run(
        [*command, "--studies", STUDY], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def merge(out, results, data):
    command = [sys.executable, "benchmarks/card_parts/merge.py", str(out), "--results", str(results)]
    environment = os.environ | {"LRLAB_DATA": str(data)}
    return subprocess.run(
        [*command, "--scale", "smoke", "--studies", STUDY],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def trials_in(out):
    if not (out / "records.db").exists():
        return 0
    with Store(out / "records.db") as store:
        return len(store)


@pytest.mark.slow
def test_leases_do_their_steps_and_each_goes_on_from_the_last(lease):
    _, trials, said = lease
    assert "tests: done" in said
    assert trials == sorted(trials)
    assert trials[-1] > 0


@pytest.mark.slow
def test_the_rows_of_speed_are_measured_in_turns(real_data, tmp_path):
    command = [sys.executable, "benchmarks/card_parts/speed.py", str(tmp_path), "--device", "cpu", "--scale", "smoke"]
    environment = os.environ | {"LRLAB_DATA": str(real_data), "OMP_NUM_THREADS": "1"}
    subprocess.run([*command, "--seconds", "20"], cwd=ROOT, env=environment, capture_output=True, check=True)
    rows = json.loads((tmp_path / "speed.json").read_text())
    assert rows
    assert all(len(times) >= 2 for row in rows for times in row["milliseconds"].values())
    assert "plain loop" in (tmp_path / "speed.md").read_text()


@pytest.mark.slow
def test_what_a_lease_brought_is_merged_into_what_is_kept(lease, real_data, tmp_path):
    out = lease[0]
    done = merge(out, tmp_path, real_data)
    assert done.returncode == 0, done.stderr
    kept = read_kept(tmp_path / STUDY / "smoke", find_publication(STUDY, "smoke"))
    assert kept is not None
    assert f"{STUDY}: {len(kept.records)} trials are kept" in done.stdout
    before = (tmp_path / STUDY / "smoke" / "records.json").read_bytes()
    assert merge(out, tmp_path, real_data).returncode == 0
    assert (tmp_path / STUDY / "smoke" / "records.json").read_bytes() == before


@pytest.mark.slow
def test_results_of_other_data_are_refused_by_name(lease, real_data, tmp_path):
    other = tmp_path / "out"
    other.mkdir()
    (other / "records.db").write_bytes((lease[0] / "records.db").read_bytes())
    program = (
        "from card_parts.merge import _refuse_strangers as f; import sys"  # the rule, on records with another hash
    )
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{program}\n"
            "from pathlib import Path\nfrom lrlab.store import Store\nfrom lrlab.publications import find_publication\n"
            "store = Store(Path(sys.argv[1]))\nrecords = list(store.get(store.record_keys()).values())\n"
            "first = records[0]\n"
            "strange = first.model_copy(update={'trial': first.trial.varied(data='0' * 16)})\n"
            f"f(find_publication('{STUDY}', 'smoke'), [strange])",
            str(other / "records.db"),
        ],
        cwd=ROOT,
        env=os.environ | {"LRLAB_DATA": str(real_data), "PYTHONPATH": str(ROOT / "benchmarks")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "was trained on data 0000000000000000, here they are" in done.stderr
    assert "LRLAB_DATA" in done.stderr


def test_without_data_a_lease_says_what_it_lacks(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "LRLAB_DATA"}
    done = subprocess.run(
        ["benchmarks/card.sh", str(tmp_path)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "LRLAB_DATA=FOLDER" in done.stderr
