"""The way out of a mistake in a study is one that is taken."""

import pytest

from lrlab.errors import StudyError
from lrlab.spec import load_study, make_study

PLAIN = {"name": "s", "task": "digits/mlp", "budget": "2 epochs", "schedules": ["cosine"], "tune": {"peaks": [0.1]}}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"confirm": {"seeds": "6"}}, r"got '6'; write 6 without quotes"),
        ({"confirm": {"seeds": 6.0}}, r"got 6\.0; write 6$"),
        ({"confirm": {"seeds": 1e9}}, r"; write how many, 1 to 10000, or a list"),
        ({"confirm": {"seeds": True}}, r"got True; write how many, 1 to 10000, or a list, as in \[11, 12\]"),
        ({"tune": {"peaks": [0.1], "seeds": -3.0}}, r"; write how many, 1 to 10000"),
        ({"tune": {"peaks": [0.1], "seeds": 2.5}}, r"; write how many, 1 to 10000"),
        ({"tune": {"peaks": [0.1], "final_seeds": 2.0}}, r"; write 2$"),
        ({"tune": {"peaks": 1.0}}, r"got 1\.0; write \[1\.0\]"),
        ({"tune": {"peaks": 1}}, r"got 1; write \[1\]"),
        ({"confirm": {"seeds": 6, "looks": 6.0}}, r"write \[6\]"),
        ({"confirm": {"seeds": 6, "looks": "x"}}, r"write a list, as in \[a, b\]"),
        ({"schedules": 1.0}, r"got 1\.0; write a list, as in \[a, b\]"),
        ({"budget": "60s"}, r"got '60s'; write \"5 epochs\" or \"500 updates\"$"),
        ({"budget": 2}, r"got 2; write \"5 epochs\" or \"500 updates\"$"),
        ({"budget": "10%"}, r"a length of its own.*write \"5 epochs\" or \"500 updates\"$"),
        ({"schedules": [{"name": "cosine", "floor": "5%"}]}, r"got '5%'; write 0\.05$"),
        ({"schedules": [{"name": "polynomial", "power": "2"}]}, r"got '2'; write 2 without quotes$"),
        ({"schedules": [{"name": "polynomial", "power": "two"}]}, r"got 'two'$"),
    ],
)
def test_the_way_out_is_one_that_is_taken(fields, words):
    with pytest.raises(StudyError, match=words):
        make_study(PLAIN | fields)


@pytest.mark.parametrize("seeds", [6, [11, 12]])
def test_what_the_ways_out_say_is_taken(seeds):
    tune = {"peaks": [1.0], "seeds": 2}
    study = make_study(PLAIN | {"confirm": {"seeds": seeds}, "tune": tune, "schedules": ["cosine(floor=0.05)"]})
    assert len(study.confirm.seeds) == (6 if seeds == 6 else 2)


@pytest.mark.parametrize(("word", "shown"), [("yes", "yes"), ("off", "off"), ("[no]", r"\(no"), ("true", "True")])
def test_a_word_that_yaml_takes_for_a_truth_is_shown_as_it_was_written(tmp_path, word, shown):
    text = "name: s\ntask: digits/mlp\nbudget: 2 epochs\nschedules: [{name: polynomial, power: WORD}]\n"
    path = tmp_path / "s.yaml"
    path.write_text((text + "tune: {peaks: [0.1]}\n").replace("WORD", word))
    with pytest.raises(StudyError, match=rf"`power` must be a number in \(0, 10\], but got {shown}\b"):
        load_study(path)
