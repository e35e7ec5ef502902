"""A value of another kind is answered with the way out in every verb of the door, before anything is opened."""

import pytest
from torch import nn

import lrlab
from lrlab.errors import LabError, StudyError, TaskError
from support.results import example_results
from support.tasks import blobs

PLAIN = {"epochs": 1, "workers": 0, "progress": False}
LEAVE = "give one, or leave it out"
KEY = "0123456789abcdef"
PATH = rf"store is a path, as text or a Path, but got 5; {LEAVE}"

STUDY_ERRORS = {
    "no batch": (lambda t: lrlab.compare(t, ["constant"], batch_size=None, **PLAIN), f"got None; {LEAVE}"),
    "no tuning seeds": (lambda t: lrlab.compare(t, ["constant"], tuning_seeds=None, **PLAIN), f"got None; {LEAVE}"),
    "one seed": (
        lambda t: lrlab.compare(t, ["constant"], seeds=1, **PLAIN),
        "seeds must be at least 2, but got 1; one cannot show its noise, leave it out for as many as are needed",
    ),
    "tune": (
        lambda t: lrlab.compare(t, ["constant"], tune=5, **PLAIN),
        'what is tuned are names with ranges or without, but got 5; write "peak,warmup',
    ),
    "option of find": (
        lambda t: lrlab.find(t, trial_timeout="1m"),
        "find of a task takes optimizer, rates, .*, began, and not trial_timeout; leave it out",
    ),
    "batch of verify": (
        lambda t: lrlab.verify(t, batch_size=0),
        "batch_size must be at least 1, but got 0; leave it out for 8",
    ),
    "list of keys": (
        lambda _: lrlab.forget_trials([KEY, KEY]),
        rf"of 16 digits, one argument each, but got \['{KEY}', .*; give a list of them as forget_trials\(\*keys\)",
    ),
    "key": (lambda _: lrlab.forget_trials(5), r"but got 5; give a list of them as forget_trials\(\*keys\)"),
    "study to forget": (lambda _: lrlab.forget_trials(study=5), f"study is a text, but got 5; {LEAVE}"),
    "seed": (lambda _: lrlab.forget_trials(seed="3"), f"seed is a whole number, but got '3'; {LEAVE}"),
    "half a seed": (lambda _: lrlab.forget_trials(seed=3.5), f"seed is a whole number, but got 3.5; {LEAVE}"),
    "peak": (lambda _: lrlab.forget_trials(peak="0.1"), f"peak is a finite number, but got '0.1'; {LEAVE}"),
    "schedule": (
        lambda _: lrlab.forget_trials(schedule=5),
        f'schedule is a schedule, or its text such as "cosine", but got 5; {LEAVE}',
    ),
    "dry run": (lambda _: lrlab.forget_trials(KEY, dry_run="yes"), "dry_run is True or False, but got 'yes'"),
    "folder": (lambda _: lrlab.export_store(5), f"folder is a path, .*, but got 5; {LEAVE}"),
    "study to export": (lambda _: lrlab.export_store("t", study=5), f"study is a text, but got 5; {LEAVE}"),
    "table": (lambda _: lrlab.export_store("t", table=5), f"table is a text, but got 5; {LEAVE}"),
    "checked": (lambda _: lrlab.check_store(5), PATH),
    "repair": (lambda _: lrlab.check_store(repair="yes"), "repair is True or False, but got 'yes'"),
    "merged into": (lambda _: lrlab.merge_stores(5, "other.db"), PATH),
    "merged": (lambda _: lrlab.merge_stores("into.db", 5), PATH),
    "tidied": (lambda _: lrlab.tidy_store(5), PATH),
    "abandoned": (lambda _: lrlab.tidy_store(abandoned="yes"), "abandoned is True or False, but got 'yes'"),
    "progress": (
        lambda _: lrlab.tidy_store(progress=5),
        f"progress is a function that is called with what is done, but got 5; {LEAVE}",
    ),
    "say": (lambda _: lrlab.watch(say=5), f"say is a function that is called with each sentence, but got 5; {LEAVE}"),
    "results": (
        lambda _: lrlab.write_index(results=5),
        f"results is what `compare` or `run` gave, but got 5; {LEAVE}",
    ),
    "pages": (lambda _: lrlab.write_index(pages="yes"), "pages is True or False, but got 'yes'"),
}


@pytest.mark.parametrize("case", STUDY_ERRORS)
def test_a_value_of_another_kind_is_answered_with_the_way_out(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call, words = STUDY_ERRORS[case]
    with pytest.raises(StudyError, match=words):
        call(blobs())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", ["", ".", "/"])
def test_a_page_is_a_file(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = lrlab.Results(example_results(), tmp_path / "records.db")
    arms = [{"arm": arm, "seed": seed, "accuracy": 0.5 + seed / 100} for arm in "ab" for seed in range(6)]
    judged = lrlab.judge({name: [row[name] for row in arms] for name in arms[0]})
    for each in (made, judged):
        with pytest.raises(LabError, match=r"it names a folder; name a file in it, such as /?report.html"):
            each.page(path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"augment": (4, True)}, r"augment is lrlab.Augment\(crop=4, flip=True\), but got \(4, True\); give one"),
        ({"normalize": 0.5}, r"normalize is lrlab.Normalize\(mean=\[0.5\], std=\[0.25\]\), but got 0.5; give one"),
    ],
)
def test_changes_of_images_are_values_of_lrlabs(option, words):
    images = {"inputs": [[[[0.0] * 8] * 8]] * 30, "labels": [0, 1, 2] * 10}
    with pytest.raises(TaskError, match=words):
        lrlab.Task.from_arrays(model=lambda: nn.Sequential(nn.Flatten(), nn.Linear(64, 3)), **images, **option)


def test_peaks_of_an_iterator_are_read_once(tmp_path):
    given = PLAIN | {"seeds": 2, "tuning_seeds": 1, "store": tmp_path / "records.db"}
    results = lrlab.compare(blobs(), ["constant"], peaks=[0.03, 0.1], **given)
    again = lrlab.compare(blobs(), ["constant"], peaks=map(float, ("0.03", "0.1")), **given)
    assert again.findings == results.findings
