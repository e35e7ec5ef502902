"""What seeds can answer is said before anything is trained; where none are given, as many are taken as are needed."""

import pytest

import lrlab
from lrlab.lab._within import _fit_seeds
from lrlab.spec import Said


@pytest.fixture
def heard(monkeypatch):
    """What is said until training would begin."""
    said = []

    class TrainingBegins(Exception):
        pass

    def listen(event):
        if isinstance(event, Said):
            said.append(event)
        elif type(event).__name__ == "StudyBegun":
            raise TrainingBegins

    def ask(question, *arguments, **options):
        said.clear()
        with pytest.raises(TrainingBegins):
            question(*arguments, workers=0, progress=listen, engine="reference", **options)
        return {event.text: event.important for event in said}

    return ask


def schedules(count):
    return [f"step(every={n} updates)" for n in range(1, count + 1)]


@pytest.mark.parametrize(
    ("seconds", "seeds", "words"),
    [
        (
            600.0,
            13,
            "15 schedules ask 27 questions: 13 fresh seeds each, which carry them also where a seed disagrees.",
        ),
        (
            1.0,
            30,
            "15 schedules ask 27 questions: 30 fresh seeds each where 13 would do, as there is time; --seeds sets ",
        ),
    ],
)
def test_compare_takes_the_seeds_that_many_schedules_need_and_says_so(
    heard, tmp_path, monkeypatch, seconds, seeds, words
):
    monkeypatch.setattr(_fit_seeds, "seconds_of", lambda *_, **__: seconds)
    said = heard(lrlab.compare, "digits/mlp", schedules(15), epochs=1, store=tmp_path / "a.db")
    assert any(text.startswith(words) for text in said)
    assert not any(said.values())
    assert any(f"{seeds} fresh seeds each: " in text for text in said)


def test_seeds_that_cannot_answer_are_said_with_the_number_that_can_and_the_study_goes_on(heard, tmp_path):
    asked = {"epochs": 1, "store": tmp_path / "b.db"}
    blind = heard(lrlab.compare, "digits/mlp", schedules(15), seeds=5, **asked)
    why = next(
        text for text in blind if text.startswith("15 schedules ask 27 questions, and 5 seeds can claim no difference")
    )
    assert "6 seeds can, 13 also one on which some disagree" in why
    assert blind[why]
    hardly = heard(lrlab.compare, "digits/mlp", schedules(8), seeds=6, **asked)
    why = next(text for text in hardly if text.startswith("8 schedules ask 13 questions, and 6 seeds can claim only"))
    assert not hardly[why]


def test_a_study_file_without_seeds_gets_what_it_needs_and_one_with_seeds_keeps_them(heard, tmp_path):
    lines = ["name: mine", "task: digits/mlp", "budget: 1 epochs", "tune: {peaks: [0.1]}", "schedules:"]
    lines += [f"  - {each}" for each in schedules(8)]
    silent, given = tmp_path / "silent.yaml", tmp_path / "given.yaml"
    silent.write_text("\n".join(lines))
    given.write_text("\n".join([*lines, "confirm: {seeds: 10}"]))
    assert any("12 fresh seeds each: " in text for text in heard(lrlab.run, str(silent), store=tmp_path / "c.db"))
    assert any("10 fresh seeds each: " in text for text in heard(lrlab.run, str(given), store=tmp_path / "d.db"))
