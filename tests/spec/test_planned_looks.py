"""Looks in study files: the usual ones by `auto`, and those that cannot be, at their line."""

import pytest

from lrlab.errors import StudyError
from lrlab.spec import load_study, make_study
from lrlab.stats import usual_looks

FIELDS = {"name": "mine", "task": "digits/mlp", "budget": "2 epochs", "tune": {"peaks": [0.1, 0.3]}}


def study(schedules=("constant", "cosine"), **confirm):
    return make_study({**FIELDS, "schedules": list(schedules), "confirm": confirm})


def test_auto_is_the_usual_looks_of_so_many_schedules():
    assert study(looks="auto").confirm.looks == usual_looks(1)
    assert len(study(looks=" Auto ").confirm.seeds) == usual_looks(1)[-1]
    assert study(("constant", "cosine", "linear"), looks="auto", seeds=20).confirm.looks == usual_looks(3, 20)
    assert study(looks="auto", seeds=list(range(50, 62))).confirm.looks == usual_looks(1, 12)


def test_auto_counts_arms():
    arms = [{"label": each, "candidates": [{"schedule": each, "peak": 0.1}]} for each in ("constant", "cosine")]
    made = make_study({**FIELDS, "tune": {}, "arms": arms, "confirm": {"looks": "auto"}})
    assert made.confirm.looks == usual_looks(1)


@pytest.mark.parametrize("count", [2, 5, 8, 10])
def test_auto_counts_the_pairs_where_every_pair_is_asked(count):
    made = study([f"step(every={n} updates)" for n in range(1, count + 1)], looks="auto", questions="Pairs")
    assert made.confirm.looks == usual_looks(made.most_questions)


def test_a_study_with_auto_is_kept_as_the_looks_it_came_to():
    made = study(looks="auto")
    assert type(made).from_json(made.to_json()) == made


@pytest.mark.parametrize(
    ("confirm", "words"),
    [
        (
            "{seeds: 3, looks: auto}",
            "3 seeds can decide none of 1 questions, looked at once or more often; 6 or",
        ),
        ("{seeds: 12, looks: [20, 12]}", "each more than the one before, but got [20, 12]; write 12, 20, 30"),
        ("{looks: [3, 20]}", "the look at 3 seeds can decide none of 1 questions"),
    ],
)
def test_looks_that_cannot_be_are_named_at_their_line(confirm, words, tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text(
        "name: mine\ntask: digits/mlp\nschedules: [constant, cosine]\nbudget: 2 epochs\ntune: {peaks: [0.1]}\n"
        f"confirm: {confirm}\n",
        encoding="utf-8",
    )
    with pytest.raises(StudyError) as raised:
        load_study(file)
    assert "study.yaml:6: confirm.looks: " in str(raised.value)
    assert words in str(raised.value)
