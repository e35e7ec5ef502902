"""A stranger's file that uses the door type-checks, strictly."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import lrlab

FILE = '''
"""A stranger's file."""

from pathlib import Path

import lrlab
from lrlab.events import Event, EpochMeasured


def listen(event: Event) -> None:
    if isinstance(event, EpochMeasured):
        print(event.job, event.attempt, event.number, event.share)


def ask(task: lrlab.Task) -> str:
    schedules = ["constant", lrlab.schedules.Cosine(), lrlab.parse("plateau(patience=2)+constant")]
    results = lrlab.compare(task, schedules, budget="30s", seeds=12, progress=listen, store=Path("records.db"))
    for verdict in results.verdicts:
        print(verdict.a, verdict.b, verdict.difference, verdict.low, verdict.high)
    best = results.recommended
    peak = 0.1 if best is None else best.peak
    page: Path = results.page("report.html")
    figures: list[Path] = results.figures("figures")
    scores: list[float] = results.trials()["test_score"].to_list()
    rates = lrlab.schedules.Cosine().bind(peak=peak, horizon=lrlab.Horizon(updates=100, updates_per_epoch=10))
    print(page, figures, scores, rates.all().mean())
    try:
        again = lrlab.run(lrlab.Study.from_json("{}"), workers=0)
    except lrlab.errors.UnknownName as error:
        return f"{error.name} is not among {', '.join(error.known)}"
    except lrlab.LabError as error:
        return str(error)
    loaded = lrlab.load("records.db", "mine")
    for stored in lrlab.runs("records.db"):
        print(stored.study, stored.task, stored.date, stored.stored + stored.missing, stored.answer)
    return again.answer + loaded.answer
'''


@pytest.mark.slow
def test_a_strangers_file_type_checks(tmp_path):
    pyright = Path(sys.executable).with_name("pyright")
    if not pyright.exists():
        pytest.skip("needs pyright: pip install pyright")
    (tmp_path / "stranger.py").write_text(FILE)
    settings = {"typeCheckingMode": "strict", "include": ["stranger.py"], "pythonVersion": "3.11"}
    settings |= {"extraPaths": [str(Path(lrlab.__file__).parents[1])]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [str(pyright), "--pythonpath", sys.executable, "--outputjson"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    told = json.loads(done.stdout)
    assert told["summary"]["filesAnalyzed"] == 1
    assert [one["message"] for one in told["generalDiagnostics"]] == []
