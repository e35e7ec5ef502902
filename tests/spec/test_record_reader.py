"""Records read many at once are those that `Record.from_json` reads one by one, faults and all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrlab.spec._record_reader as reader_module
from lrlab.spec import (
    Chance,
    Epoch,
    Evaluation,
    Metric,
    Optimizer,
    Record,
    RecordReader,
    SeededTrials,
    SparseCounts,
    Trial,
)
from support.results import example_results
from support.strategies import law

RECORDS = (*example_results().confirmed, *example_results().tuned[:3])
RECORD = RECORDS[0]


def slowly(text):
    """The obvious twin."""
    try:
        return Record.from_json(text)
    except ValueError:
        return None


def quickly(*texts):
    return list(RecordReader().read(texts))


def assert_same(*texts):
    for found, wanted in zip(quickly(*texts), map(slowly, texts), strict=True):
        assert found == wanted
        assert repr(found) == repr(wanted)  # whole numbers are no decimals, tuples no lists
        if found is not None and wanted is not None:
            assert found.to_json() == wanted.to_json()
            assert found.trial.key == wanted.trial.key
            assert found.model_fields_set >= wanted.model_fields_set - {"scores"}


floats = st.floats(allow_nan=False, allow_infinity=False)
maybe = st.none() | floats
epochs = st.builds(Epoch, **dict.fromkeys(Epoch.model_fields, maybe))
counts = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, 10**6), min_size=n, max_size=n).map(tuple), min_size=n, max_size=n).map(
        tuple
    )
)
sparse = st.just(SparseCounts(classes=200, cells=((0, 3, 2), (199, 199, 7))))
evaluations = st.builds(
    Evaluation,
    loss=maybe,
    score=maybe,
    confusion=st.none() | counts | sparse,
    scores=st.dictionaries(st.sampled_from(["macro_f1", "updates"]), floats, max_size=2),
)
trials = st.builds(
    Trial,
    task=st.sampled_from(["digits/mlp", 'odd","trial":{"seed":1,', "ünï"]),
    data=st.just("0" * 16),
    optimizer=st.sampled_from([Optimizer(), Optimizer(name="adamw", momentum=0.5)]),
    schedule=st.sampled_from(["cosine", "warmup(span=5%)+linear", "plateau(patience=1)+constant"]),
    peak=st.floats(1e-5, 1),
    seed=st.integers(0, 2**31 - 1),
    budget=st.just("2 epochs"),
    batch_size=st.integers(1, 99),
    settings=st.sampled_from([{}, {"depth": 3, "updates": 5}, {"seed": 5}]),
)
records = st.builds(
    Record,
    trial=trials,
    outcome=st.sampled_from(["finished", "diverged"]),
    diverged_at=st.none() | st.integers(0, 99),
    metric=st.sampled_from([Metric(name="accuracy"), Metric(name='a",b', higher_is_better=False)]),
    updates=st.integers(1, 999),
    updates_per_epoch=st.integers(1, 99),
    epochs=st.lists(epochs, max_size=3).map(tuple),
    validation=st.none() | evaluations,
    test=evaluations,
    train_seconds=floats,
    evaluate_seconds=floats,
    provenance=st.sampled_from([RECORD.provenance, RECORD.provenance.model_copy(update={"machine": '"epochs":['})]),
    class_names=st.sampled_from([(), ("a", '],"evaluate_seconds":')]),
    chance=st.none() | st.just(Chance.model_validate({"constant": {"loss": 1}, "untrained": {}, "examples": 9})),
)


@law
@given(several=st.lists(records, min_size=1, max_size=4))
def test_any_records_are_read_as_one_by_one(several):
    assert_same(*(record.to_json() for record in several))


def test_usual_records_take_the_fast_way(monkeypatch):
    """Or a test of it would test nothing."""
    texts = [record.to_json() for record in RECORDS]
    wanted = list(map(slowly, texts))
    monkeypatch.setattr(Record, "from_json", classmethod(lambda *_: pytest.fail("read the slow way")))
    assert quickly(*texts) == wanted == list(RECORDS)


def test_what_records_share_is_one_value():
    first, second = quickly(RECORDS[0].to_json(), RECORDS[1].to_json())
    assert first.provenance is second.provenance
    assert first.metric is second.metric
    assert first.trial.optimizer is second.trial.optimizer


def test_more_records_than_are_read_together(monkeypatch):
    monkeypatch.setattr(reader_module, "AT_ONCE", 2)
    monkeypatch.setattr(reader_module, "MOST_SHARED", 1)
    assert_same(*(record.to_json() for record in RECORDS))


def changed(old, new, text=None):
    text = RECORD.to_json() if text is None else text
    assert old in text
    return text.replace(old, new, 1)


LOSS = f'"train_loss":{json.dumps(RECORD.epochs[0].train_loss)}'
SCORE = f'"score":{json.dumps(RECORD.test.score)}'
ROW = json.dumps(RECORD.test.confusion[0], separators=(",", ":"))


WRONG = {
    LOSS: [f'"train_loss":{value}' for value in ("", "01", ".5", "+1", "1e5-3", "[1]", "{}", "1,2", "9" * 400)],
    SCORE: [f'"score":{value}' for value in ("1", "1e999", "NaN", '"x"', "null", "0x1", "1_0")],
    ROW: ["[]", "[1]", ROW.replace(",", ", "), ROW.replace("[", "[0"), '["1",2]', "[-1]"],
    '"seed":1000,': [f'"seed":{value},' for value in ("-1", "007", "2147483648", "1.0", '"1"', "true")],
    '"outcome":"finished"': ['"outcome":"lost"'],
    '"train_seconds":0.25': [f'"train_seconds":{value}' for value in ('"0.25"', "1e400", "2")],
    '"updates":': ['"updates":-'],
    '"schedule":{': ['"schedule":{"seed":5,'],
    ":": ["\N{FULLWIDTH COLON}"],
    '"epochs":[': ['"epochs":[{"train_loss":1.0,"validation_loss":null,"train_score":1},', '"epochs":[],"epochs":['],
    '"train_loss"': ['"tr1ain_loss"', '"tran_loss"'],
    f"{LOSS},": ["", f"{LOSS},{LOSS},"],
}
ODD = {LOSS: [f'"train_loss":{value}' for value in ("1", "-0.0", "1e999", "NaN", "Infinity", '"0.5"', "true")]}
FIELDS = RECORD.to_dict()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "null",
        "[" + RECORD.to_json(),
        RECORD.to_json()[:-1],
        RECORD.to_json() + " ",
        RECORD.to_json() + "}",
        json.dumps(FIELDS),
        json.dumps(FIELDS, indent=1),
        json.dumps(dict(reversed(FIELDS.items())), separators=(",", ":")),
        json.dumps(FIELDS | {"more": 1}, sort_keys=True, separators=(",", ":")),
        *(changed(old, new) for cases in (WRONG, ODD) for old, several in cases.items() for new in several),
    ],
)
def test_other_texts_are_read_or_refused_as_one_by_one(text):
    assert_same(text)
    assert_same(RECORD.to_json(), text, RECORDS[1].to_json())


@pytest.mark.parametrize("letter", ['"', "}", "9", "\x00", "é"])
def test_a_letter_changed_anywhere_is_read_or_refused_as_one_by_one(letter):
    text = RECORD.to_json()
    assert_same(*(text[:place] + letter + text[place + 1 :] for place in range(0, len(text), 7)))


@law
@given(trial=trials, seeds=st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=3))
def test_trials_that_differ_in_their_seed_have_the_keys_they_would_have_alone(trial, seeds):
    made = SeededTrials(trial)
    for seed in seeds:
        alone = Trial.model_validate(trial.to_dict() | {"seed": seed})
        assert made.of(seed) == alone
        assert made.of(seed).key == alone.key
        assert "key" in vars(made.of(seed))


@pytest.mark.parametrize("seed", [-1, 2**31])
def test_a_seed_that_no_trial_has_is_refused(seed):
    with pytest.raises(ValueError, match=r"a seed is at least 0 and less than .*; give another"):
        SeededTrials(RECORD.trial).of(seed)
