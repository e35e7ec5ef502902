"""Whatever cannot be used is refused, with the rule broken, the values and the way out."""

from fractions import Fraction

import numpy as np
import pytest

from lrlab.errors import LabError, ScheduleError, UnknownName
from lrlab.rules import (
    RULES,
    ByCutoff,
    ByEpoch,
    ByOscillation,
    Plateau,
    Rule,
    from_dict,
    parse,
    parse_rule,
    register,
    simulate,
)
from lrlab.schedules import Constant, Horizon, Step, Warmup
from support.rules import EXAMPLES

FIVE = Horizon(updates=5, updates_per_epoch=1)
FORMS = r'write "plateau\(patience=2\)\+constant" or "by_cutoff\(cutoff=0.01\)\+warmup\+linear"'
ODD = [float("nan"), float("inf"), -0.1, 1e10, True, np.True_, "0.5", None, 1j, [0.5]]


@pytest.mark.parametrize(
    ("cls", "field", "bounds"),
    [
        (ByCutoff, "cutoff", "(0, 1e+09]"),
        (ByCutoff, "shrink", "(0, 1]"),
        (Plateau, "factor", "(0, 1]"),
        (Plateau, "threshold", "[0, 1]"),
        (Plateau, "floor", "[0, 1]"),
    ],
)
@pytest.mark.parametrize("value", ODD, ids=repr)
def test_a_number_out_of_bounds_is_told_them(cls, field, bounds, value):
    fields = {"cutoff": 0.1} if cls is ByCutoff else {}
    with pytest.raises(ScheduleError) as caught:
        cls(then=Constant(), **fields | {field: value})
    way = "; write 0.5 without quotes" if value == "0.5" else ""
    assert str(caught.value) == f"{cls.name}: `{field}` must be a number in {bounds}, but got {value!r}{way}"


@pytest.mark.parametrize("field", ["patience", "cooldown"])
@pytest.mark.parametrize("value", [*ODD, 0.5, "2 epochs", -1], ids=repr)
def test_a_count_of_epochs_is_whole(field, value):
    with pytest.raises(ScheduleError, match=rf"plateau: `{field}` must be a whole number from 0 to .*; write 0"):
        Plateau(then=Constant(), **{field: value})


def test_numbers_of_any_kind_become_plain_ones():
    rule = Plateau(then=Constant(), factor=Fraction(1, 2), patience=np.int64(3), cooldown=0.0, floor=-0.0)
    assert type(rule.cooldown) is int
    assert rule == Plateau(then=Constant(), factor=0.5, patience=3)
    assert str(rule) == "plateau(factor=0.5, patience=3)+constant"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Plateau(then=Constant(), goal="maximum"), "unknown plateau goal 'maximum'; did you mean max"),
        (lambda: Plateau(then=Constant(), goal=None), 'plateau: `goal` must be a word, but got None; write "min" or'),
        (lambda: Plateau(then=Constant(), threshold_mode="rel"), "unknown plateau threshold_mode 'rel'; known: abs"),
        (lambda: Plateau(then="constant"), r"plateau: `then` must be a schedule, such as Constant\(\), but got 'con"),
        (lambda: ByEpoch(then=ByEpoch(then=Constant())), "a rule drives a schedule, not another rule"),
        (lambda: RULES.build("plateau", {}), r"plateau: needs then; write as in: plateau\(patience=2\)\+constant"),
        (
            lambda: RULES.build("by_cutoff", {"then": Constant()}),
            r"by_cutoff: needs cutoff; write as in: by_cutoff\(cutoff=0",
        ),
        (
            lambda: RULES.build("plateau", {"patienc": 1}),
            r"unknown field of rule plateau 'patienc'; did you mean patience\?",
        ),
        (lambda: RULES.find("plato"), r"unknown rule 'plato'; did you mean plateau\?"),
        (lambda: from_dict({"name": "plato"}), r"unknown schedule 'plato'; did you mean plateau\?"),
        (lambda: from_dict({"name": "by-epoch"}), "by_epoch: needs then"),
        (lambda: from_dict({"name": "by_epoch", "then": "seq1"}), "`then` must be a schedule, .* but got 'seq1'"),
        (lambda: from_dict({"name": "by_epoch", "then": {}}), r'such as \{"name": "cosine"\}'),
        (lambda: from_dict({"then": {"name": "constant"}}), r'such as \{"name": "cosine"\}'),
        (
            lambda: simulate(parse("plateau+constant"), [1.0], peak=0.1, horizon=12),
            r"simulate: a horizon is Horizon\(updates=..., updates_per_epoch=...\), .*, but got 12",
        ),
        (
            lambda: simulate("plateau+constant", [1.0], peak=0.1, horizon=Horizon(updates=4, updates_per_epoch=2)),
            r'simulate: a rule is made by lrlab.parse\("plateau\+constant"\), but got .*; give one',
        ),
        (lambda: from_dict([]), r'such as \{"name": "cosine"\}'),
        (
            lambda: from_dict({"name": "warmup", "then": {"name": "plateau", "then": {"name": "constant"}}}),
            f"a rule comes first and drives a schedule, but read plateau inside one; {FORMS}",
        ),
    ],
)
def test_words_names_and_parts(make, message):
    with pytest.raises(LabError, match=message):
        make()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("plateau", r"plateau needs a schedule after it, but read 'plateau'; write as in plateau\(patience=2\)\+"),
        ("plateau+", "plateau needs a schedule after it"),
        ("by_epoch(step(gamma=0.1))", "the schedule after it, but read 'by_epoch"),
        ("plateau(patience=2)", "plateau needs a schedule after it"),
        ("plateau(patience=2", f"a rule is a name, its fields in parentheses and the schedule after it, .*; {FORMS}"),
        ("plateau patience=2+constant", FORMS),
        ("plateau(patience=2)(factor=0.5)+constant", FORMS),
        ("plateau(patience=(2))+constant", r"`patience` must be a number, but read '\(2\)'; write 2"),
        ("plateau(patience=2.5)+constant", "`patience` must be a whole number .* got 2.5; write 0"),
        ("plateau(patience=2 epochs)+constant", "must be a number, but read '2 epochs'; write 2"),
        ("plateau(patience=-1)+constant", r"plateau: `patience` must be a whole number from 0 to 1000000000"),
        ("plateau(factor=10)+constant", r"plateau: `factor` must be a number in \(0, 1\], but got 10.0"),
        ("plateau(factor=half)+constant", "`factor` must be a number, but read 'half'; write 0.5 or 1e-3"),
        ("plateau(2)+constant", "fields are given by name, but read '2'; write as in: factor=0.1, patience=10"),
        ("by_epoch(2)+constant", "fields are given by name, but read '2'; write as in: it has none"),
        ("by_cutoff(cutoff=)+constant", "but read 'cutoff='; write as in: cutoff=0.01, shrink=0.2"),
        ("by_cutoff+constant", r"by_cutoff: needs cutoff; write as in: by_cutoff\(cutoff=0.01\)\+constant"),
        ("plateau(patience=1, patience=2)+constant", "`patience` is given twice, .*; leave one of them out"),
        ("plateau(patients=1)+constant", r"unknown field of rule plateau 'patients'; did you mean patience"),
        ("plateau(then=constant)+constant", "unknown field of rule plateau 'then'"),
        (
            "constant+ema(decay=0.9)",
            "ema is an average of weights, not a schedule, .*; leave it out, or give the text to `compare` as it is",
        ),
        ("plateau+constant+Swa", r"swa is an average of weights, .*an average stands last, as in constant\+swa"),
        ("ema", "ema is an average of weights, not a schedule, but read 'ema'; leave it out"),
        ("plateau+cosin", r"unknown schedule 'cosin'; did you mean cosine"),
        ("by_epoch+plateau+constant", f"a rule comes first and drives a schedule, but read plateau inside .*; {FORMS}"),
        ("warmup+plateau+constant", "a rule comes first and drives a schedule, but read plateau inside one"),
        ("by_epok+constant", r"unknown schedule 'by_epok'; did you mean by_epoch\?"),
        ("platau+constant", r"did you mean plateau\?"),
        ("plateau+" + "warmup+" * 10_000, "at most 10000 characters, but read 70008"),
        ("", "a schedule needs a name, but read ''"),
        (None, "a schedule needs a name, but read None"),
    ],
)  # fmt: skip
def test_a_malformed_text_is_told_the_form_expected(text, message):
    with pytest.raises(LabError, match=message):
        parse(text)


@pytest.mark.parametrize("text", ["", None, 5, "+constant", "cosine"])
def test_a_text_without_a_rule_is_told_where_one_was_needed(text):
    with pytest.raises(LabError, match=r"a rule begins with its name|unknown rule 'cosine'; known: by_cutoff"):
        parse_rule(text)


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda rule: rule.bind(peak=0, horizon=FIVE), r"a peak rate must lie in \(0, 1000\], but got 0"),
        (lambda rule: rule.bind(peak=[0.1, np.nan], horizon=FIVE), r"a peak rate must lie in \(0, 1000\], but got nan"),
        (lambda rule: rule.bind(peak="0.1", horizon=FIVE), "a peak rate must lie in"),
        (lambda rule: rule.bind(peak=[], horizon=FIVE), r"one peak, or a list of one per trial, .* got shape \(0,\)"),
        (lambda rule: rule.bind(peak=[[0.1]], horizon=FIVE), r"but got shape \(1, 1\)"),
        (lambda rule: rule.bind(peak=0.1, horizon=5), r"a horizon is Horizon\(updates=..., updates_per_epoch=...\)"),
        (
            lambda rule: rule.bind(peak=0.1, horizon=FIVE)(rule.init(), -1),
            "updates are numbered from 0, but got t = -1",
        ),
        (
            lambda rule: rule.bind(peak=0.1, horizon=FIVE).update(rule.init(), [1.0], 0),
            r"after each epoch, one number must be given, of shape \(\), but got \[1.0\]",
        ),
        (
            lambda rule: rule.bind(peak=[0.1, 0.2], horizon=FIVE).update(rule.init((2,)), 1.0, 0),
            r"after each epoch, one number per trial must be given, of shape \(2,\), but got 1.0",
        ),
        (lambda rule: rule.bind(peak=0.1, horizon=FIVE).update(rule.init(), "low", 0), "one number must be given"),
        (
            lambda rule: simulate(rule, [1.0] * 7, peak=0.1, horizon=FIVE),
            r"one loss after each of the 5 epochs must be given, shape \(5,\) or \(K, 5\), but got shape \(7,\)",
        ),
        (
            lambda rule: simulate(rule, [1.0] * 3, peak=0.1, horizon=FIVE),
            r"but got shape \(3,\); shorten the losses or",
        ),
        (lambda rule: simulate(rule, 1.0, peak=0.1, horizon=FIVE), r"but got shape \(\)"),
        (lambda rule: simulate(rule, ["a"] * 5, peak=0.1, horizon=FIVE), "losses are numbers, one after each epoch"),
        (lambda rule: simulate(rule, [[1] * 5, [1] * 4], peak=0.1, horizon=FIVE), "in equally long lists"),
        (lambda rule: simulate(rule, [1.0] * 5, peak=[0.1, 0.2], horizon=FIVE), r"but got peaks of shape \(2,\)"),
    ],
)
def test_what_cannot_be_bound_or_replayed(run, message):
    with pytest.raises(ScheduleError, match=message):
        run(EXAMPLES["by_oscillation"])


@pytest.mark.parametrize("cls", [ByEpoch, ByOscillation, Plateau])
def test_a_schedule_that_does_not_fit_is_refused_under_a_rule_as_alone(cls):
    for then in (Warmup(span="9 updates", then=Constant()), Step(every="1%")):
        with pytest.raises(ScheduleError) as alone:
            then.bind(peak=0.1, horizon=FIVE)
        with pytest.raises(ScheduleError) as ruled:
            cls(then=then).bind(peak=0.1, horizon=FIVE)
        assert str(ruled.value) == str(alone.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, r"by_oscillation: a saved state has the fields position, previous, but got \{\}; load it into the rule"),
        (None, "but got None; load it into the rule it was saved under"),
        ({"position": 0}, "fields position, previous"),
        ({"position": 0, "previous": 1.0, "cutoff": 0.1}, "load it into the rule it was saved under"),
        (
            {"position": 0.5, "previous": 1.0},
            "`position` of a saved state holds whole numbers, but got 0.5; load it as",
        ),
        ({"position": True, "previous": 1.0}, "`position` of a saved state holds whole numbers"),
        ({"position": 2**63, "previous": 1.0}, "`position` of a saved state holds whole numbers"),
        ({"position": 0, "previous": "low"}, "`previous` of a saved state holds numbers, but got 'low'"),
        ({"position": 0, "previous": None}, "`previous` of a saved state holds numbers, but got None"),
        (
            {"position": [0, 1], "previous": [1.0]},
            r"one value per trial .* position \(2,\), previous \(1,\); save the run",
        ),
        ({"position": [[0]], "previous": [[1.0]]}, r"holds whole numbers, but got \[\[0\]\]"),
    ],
)
def test_a_state_of_something_else_is_refused(data, message):
    with pytest.raises(ScheduleError, match=message):
        EXAMPLES["by_oscillation"].state_from_dict(data)


@pytest.mark.parametrize("name", ["plateau", "cosine"])
def test_a_name_is_given_once(name):
    with pytest.raises(ValueError, match=f"'{name}' is already (Plateau|Cosine)"):
        register(name)(type("Another", (Rule,), {}))
    assert RULES["plateau"] is Plateau


def test_the_names_of_errors_are_ours():
    assert issubclass(UnknownName, LabError)
