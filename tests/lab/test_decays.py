"""One run, all decays: merged models and true cooldowns, compared, stored, in words."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

import lrlab
from lrlab.cli import app
from lrlab.errors import LabError, ScheduleError, StudyError
from lrlab.lab._decays import _learned_claim
from lrlab.report import decay_lines, decay_sentences
from lrlab.schedules import Constant, Horizon, Merged, Wsd, parse
from lrlab.spec import DecayTest, Said, StudyBegun, TrainOnce, Trial, TrialsStored
from lrlab.stats import judge, paired
from support import ends
from support.tasks import BLOBS_FILE, blobs

SHORT = {"epochs": 4, "seeds": 3, "cooldowns": ["50%"], "curves": ["linear"], "workers": 0, "progress": False}
RUN = Horizon(updates=20, updates_per_epoch=5)
ONE = Trial.model_validate(
    {"task": "t", "data": "d", "optimizer": "sgd", "schedule": "constant", "peak": 0.1, "seed": 1}
    | {"budget": "2 epochs", "batch_size": 8, "average": "merged"}
)


@pytest.mark.parametrize(
    "text", ["wsd(cooldown=30%)", "wsd(cooldown=50%, curve=1-sqrt)", "linear", "cosine", "constant"]
)
def test_a_merged_model_is_where_the_same_steps_would_end_under_the_decay(text):
    """For a run whose steps do not depend on where it is, merging is exact."""
    schedule, steps = parse(text), np.random.default_rng(2).normal(size=20)
    weights, mean = np.cumsum(steps), 0.0
    for share, weight in zip(Merged(of=schedule).mix(RUN), weights, strict=True):
        mean += share * (weight - mean)
    assert mean == pytest.approx(schedule.bind(peak=1.0, horizon=RUN).all() @ steps, abs=1e-12)


def test_a_horizon_before_the_end_takes_in_nothing_after_it():
    shares = Merged(of=Wsd(cooldown="50%"), end="50%").mix(RUN)
    assert shares[10:].tolist() == [0.0] * 10
    np.testing.assert_array_equal(
        shares[:10], Merged(of=Wsd(cooldown="50%")).mix(Horizon(updates=10, updates_per_epoch=5))
    )
    assert Merged(of=Constant(), end="50%").mix(RUN).tolist() == [0.0] * 9 + [1.0] + [0.0] * 10


def test_a_warm_up_counts_as_the_run_at_its_rate():
    warmed = Merged(of=parse("warmup(span=4 updates)+wsd(cooldown=8 updates)")).mix(RUN)
    np.testing.assert_allclose(warmed, Merged(of=parse("wsd(cooldown=8 updates)")).mix(RUN), atol=1e-12)


def test_what_is_no_decay_cannot_be_merged():
    with pytest.raises(ScheduleError, match="write of=wsd, of=linear or of=cosine"):
        Merged(of=parse("hard_restarts")).fit(RUN)
    with pytest.raises(ScheduleError, match="write of=wsd"):
        Merged(of=3)  # pyright: ignore[reportArgumentType]


def test_a_comparison_is_stored_and_not_trained_again(tmp_path, monkeypatch):
    first = lrlab.decays(blobs(), store=tmp_path / "d.db", **SHORT)
    rows = first.test.rows
    assert [(row.curve, row.cooldown, row.horizon) for row in rows] == [
        ("linear", "50%", "50%"),
        ("linear", "50%", "100%"),
    ]
    assert all(row.low <= row.difference <= row.high for row in rows)
    assert all(row.difference == pytest.approx(row.merged - row.cooled) for row in rows)
    monkeypatch.setattr("lrlab.engine._perform.once_steps", lambda *_: pytest.fail("trained again"))
    assert lrlab.decays(blobs(), store=tmp_path / "d.db", **SHORT).test == first.test
    assert DecayTest.from_json(first.to_json()) == first.test
    assert first.answer.split(":")[0] in str(first)
    assert first.to_dict()["text"] == first.answer


def test_lengths_curves_and_horizons_that_are_the_same_are_one(tmp_path):
    """4 epochs of 9 updates, since 72 of 120 examples are trained on, 8 at a time."""
    said, length = [], {"epochs": 4, "batch_size": 8}
    more = {"curves": ["linear", "linear"], "progress": said.append}
    more |= {"cooldowns": ["50%", "50 %", "18 updates", "2 epochs"], "horizons": ["100%", "4 epochs", "36 updates"]}
    rows = lrlab.decays(blobs(), store=tmp_path / "d.db", **SHORT | length | more).test.rows
    assert [(row.curve, row.cooldown, row.horizon) for row in rows] == [("linear", "50%", "100%")]
    begun = next(event for event in said if isinstance(event, StudyBegun))
    assert (begun.stored, begun.missing) == (0, 3 * 3)  # for each seed: merged, plain and cooled down


def test_a_cooldown_after_a_warm_up_is_a_part_of_the_horizon_too(tmp_path):
    said = []
    plan = SHORT | {"updates": 40, "epochs": None, "warmup": "8 updates", "horizons": ["50%"], "seeds": 2}
    lrlab.decays(blobs(), store=tmp_path / "d.db", **plan | {"progress": said.append})
    records = [record for event in said if isinstance(event, TrialsStored) for record in event.records]
    assert "warmup(span=8 updates)+wsd(cooldown=10 updates)" in {str(record.trial.schedule) for record in records}


def test_seeds_that_cannot_answer_are_named_before_anything_is_trained(tmp_path):
    said = []
    answer = lrlab.decays(blobs(), store=tmp_path / "d.db", **SHORT | {"progress": said.append}).answer
    kinds = [type(event) for event in said]
    words = "3 seeds can claim no difference, however clear it is; 6 seeds can"
    assert words in next(event.text for event in said if isinstance(event, Said))
    assert kinds.index(Said) < kinds.index(StudyBegun)
    assert words in answer


def test_a_warm_up_and_another_optimizer(tmp_path):
    more = {"warmup": "2 updates", "optimizer": "schedule_free_sgd", "peak": 0.3, "margin": 2}
    with pytest.raises(LabError, match="evaluates an average of its own"):
        lrlab.decays(blobs(), store=tmp_path / "d.db", **SHORT | more)
    test = lrlab.decays(blobs(), store=tmp_path / "d.db", **SHORT | more | {"optimizer": "adamw", "peak": 0.01}).test
    assert (test.optimizer, test.margin, test.peak) == ("adamw", 0.02, 0.01)


def test_runs_that_all_diverged_are_no_evidence_that_merging_works(tmp_path):
    more = {"peak": 1000.0, "optimizer": {"name": "sgd", "weight_decay": 1.0}}  # weights grow by 999 in each update
    with pytest.raises(StudyError, match=r"at peak 1000 nothing was learned.* of 12 models diverged; give a lower"):
        lrlab.decays(blobs(), store=tmp_path / "d.db", **SHORT | more)


@pytest.mark.parametrize(
    ("claim", "merged", "cooled", "kept"),
    [
        ("equal", [True] * 3, [True] * 3, "equal"),
        ("equal", [False] * 3, [False] * 3, "none"),
        ("equal", [True] * 3, [True, False, False], "none"),
        ("a", [True, True, False], [False] * 3, "a"),
        ("b", [True] * 3, [False] * 3, "none"),
    ],
)
def test_nothing_is_claimed_of_runs_that_mostly_learned_nothing(claim, merged, cooled, kept):
    pair = paired([0.2, 0.3, 0.4], [0.2, 0.3, 0.5], rng=np.random.default_rng(0))
    verdict = replace(judge([pair], margin=0.5, rng=np.random.default_rng(0))[0], claim=claim)
    groups = [[ends.record(ONE, 0.9 if each else None) for each in group] for group in (merged, cooled)]
    assert _learned_claim(verdict, *groups).claim == kept


@pytest.mark.parametrize(
    ("options", "way"),
    [
        ({"seeds": 1}, "leave it out for 10"),
        ({"margin": 0}, "margin must be above 0, but got 0: .* leave it out"),
        ({"margin": -1.5}, "margin must be above 0, but got -1.5"),
        ({"curves": "linear"}, "put it in brackets"),
        ({"curves": []}, "curves is empty; give one or more of each"),
        ({"horizons": []}, "horizons is empty; give one or more of each"),
        ({"curves": ["straight"]}, "linear"),
        ({"cooldowns": ["0.1%"]}, "write at least"),
        ({"cooldowns": ["9 epochs"]}, "cooldowns: each lies within its horizon of .* shorten it, or lengthen the run"),
        ({"cooldowns": ["1 updates"]}, 'nothing falls; write "2 updates" or more'),
        ({"cooldowns": ["20"]}, 'cooldowns: .* write "20%"'),
        ({"horizons": ["9 epochs"]}, "horizons: each lies within the run of .* shorten it, or lengthen the run"),
        ({"horizons": ["half"]}, 'horizons: .* write "20%"'),
        ({"warmup": "10%"}, 'the same for every horizon, .* write ".* updates"'),
        ({"warmup": "3 epochs"}, "one after the other, .*; shorten one of them"),
        ({"optimizer": {"name": "sgd", "momentum_schedule": "linear"}}, "moves over the horizon of each; leave it out"),
        ({"optimizer": "sdg"}, "did you mean sgd"),
        ({"epochs": 4, "updates": 9}, "leave out one"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_way_out(tmp_path, options, way):
    with pytest.raises(LabError, match=way):
        lrlab.decays(blobs(), store=tmp_path / "d.db", **SHORT | options)


def test_a_loop_of_ones_own_is_refused(tmp_path):
    @lrlab.trial(updates_per_epoch=10)
    def loop(run):
        raise AssertionError

    with pytest.raises(StudyError, match="so none are merged; write a task"):
        lrlab.decays(loop, store=tmp_path / "d.db", **SHORT)


def made(*verdicts):
    row = {"curve": "linear", "cooldown": "20%", "horizon": "100%", "plain": 0.8, "merged": 0.88, "cooled": 0.9}
    row |= {"difference": -0.02, "low": -0.03, "high": -0.01, "adjusted_p": 0.01}
    fields = {
        "task": "t",
        "optimizer": "sgd",
        "peak": 0.1,
        "updates": 100,
        "seeds": (1, 2),
        "metric": {"name": "accuracy"},
    }
    rows = [row | {"verdict": verdict} for verdict in verdicts]
    return DecayTest.model_validate(fields | {"margin": 0.01, "trained": (100, 200), "rows": rows})


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        (("within", "merged"), "stand in for cooldowns here: all 2 decays of t at peak 0.1 come out within 1.0 points"),
        (
            ("cooled", "within", "undecided"),
            "worse in 1 of 3 decays of t at peak 0.1, by up to 2.0 points; 1 are within",
        ),
        (("undecided", "within"), "Undecided whether merged models stand in for cooldowns here: 1 of 2"),
    ],
)
def test_the_answer_says_what_the_verdicts_say(verdicts, words):
    sentences = decay_sentences(made(*verdicts))
    assert words in sentences[0]
    assert "cooling down gains 10.00 points on average, merging 8.00 points" in sentences[1]
    assert "the cooldowns 200" in sentences[2]
    assert "merged minus cooled, points" in decay_lines(made(*verdicts))


def test_an_answer_says_on_how_many_seeds_runs_failed():
    sentences = decay_sentences(made("undecided").model_copy(update={"failed": 1, "seeds": (1, 2, 3, 4, 5, 6, 7, 8)}))
    assert "On 1 seed of them a run diverged or ended at chance." in sentences[2]
    assert "another peak" in decay_sentences(made("undecided").model_copy(update={"failed": 2}))[0]
    assert "at chance" not in " ".join(decay_sentences(made("undecided")))


def test_the_command_prints_answer_and_table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(BLOBS_FILE, encoding="utf-8")
    words = ["decays", "net.py:task", "--epochs", "4", "--seeds", "3", "--cooldowns", "50%", "--curves", "linear"]
    words += ["--horizons", "100%", "--workers", "0", "--store", "d.db"]
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 0, shown.output
    assert "merged minus cooled, points" in shown.output
    told = CliRunner().invoke(app, [*words, "--json"])
    assert json.loads(told.stdout)["rows"][0]["cooldown"] == "50%"


def test_a_job_of_shared_trainings_goes_to_json_and_back(tmp_path):
    job = TrainOnce(name="a", trials=(ONE,), where="t", layout="loop")
    assert TrainOnce.from_json(job.to_json()) == job
