import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import StudyError
from lrlab.rules import parse
from lrlab.spec import (
    Candidate,
    Optimizer,
    Search,
    Study,
    Trial,
    Tune,
    candidate_at,
    corners_of,
    cut_ranges,
    dump_study,
    grid_sizes,
    load_study,
    make_study,
    plan_fields,
    points_in,
    read_axis,
    searched_names,
)

FIELDS = {
    "name": "s",
    "task": "digits/mlp",
    "schedules": ["constant", "warmup+cosine"],
    "budget": "6 epochs",
    "tune": {"search": "tpe", "space": {"peak": "0.01..1", "warmup.span": "0%..20%"}, "trials": 12},
}


ONE = {"peak": "1..2"}
PEAK = {"space": ONE}
GRID = {"search": "grid", "space": ONE | {"momentum": "0.5..0.9"}, "trials": 3}


def study(schedules=("constant", "warmup+cosine"), **tune):
    return make_study(FIELDS | {"schedules": list(schedules), "tune": tune})


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("0.01..0.3", 0.01, 0.3, ""),
        ("0..0.1", 0.0, 0.1, ""),
        (" 1e-4 .. 1e-2 log", 1e-4, 1e-2, ""),
        ("0%..20%", 0.0, 20.0, "%"),
        ("0..20%", 0.0, 20.0, "%"),
        ("1 epoch..3 epochs", 1.0, 3.0, "epochs"),
        ("-6..3", -6.0, 3.0, ""),
        (".5..3.", 0.5, 3.0, ""),
    ],
)
def test_ranges_are_read_as_they_are_written(text, low, high, unit):
    axis = read_axis(text)
    assert (axis.low, axis.high, axis.unit, axis.log) == (low, high, unit, "log" in text)


def test_choices_are_numbers_words_or_truth():
    assert read_axis("16|0.5|sgd|true|-2").choices == (16, 0.5, "sgd", True, -2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0.3", "a range is LOW..HIGH, but got '0.3'; write a range such as"),
        ("0.1..x", "a range is LOW..HIGH"),
        ("0.3..0.01", r"from low to high, but got 0.3..0.01; write 0.01..0.3"),
        ("0.1..0.1", "a search space of one point; write 0.1 where it is fixed, or widen it"),
        ("0..0.1 log", "begins above 0, but got 0..0.1 log; begin it at 0.0001, or leave out log"),
        ("-2..-1 log", "begins above 0, but got -2..-1 log; leave out log"),
        ("0%..2 epochs", "both ends of a range have one unit, but got '0%..2 epochs'; write the end as 2%"),
        ("1 epochs..2", "write the end as 2 epochs"),
        ("1..4 step 0", "a step is above 0 .* write 1..4 step 0.75"),
        ("1..4 step 5", "write 1..4 step"),
        ("1..4 log step 1", "which has no log then"),
        ("1e400..1e500", "finite"),
        ("a|", "choices are 2 to 100 that differ"),
        ("a|b|a", "choices are 2 to 100 that differ, .* write sgd"),
        ("1" * 300, "at most 200 characters"),
    ],
)
def test_what_is_no_range_is_told_what_would_be(text, words):
    with pytest.raises(StudyError, match=words):
        read_axis(text)


@given(low=st.floats(-1e6, 1e6), width=st.floats(1e-3, 1e6), share=st.floats(0, 1))
def test_values_of_a_range_lie_in_it_and_are_short(low, width, share):
    axis = read_axis(f"{low!r}..{low + width!r}")
    value = axis.value_of(axis.number_at(share))
    assert axis.low <= value <= axis.high
    assert abs(value - axis.number_at(share)) <= (axis.high - axis.low) / 100


@given(low=st.integers(1, 50), size=st.integers(1, 20), step=st.integers(1, 5), share=st.floats(0, 1))
def test_steps_are_kept(low, size, step, share):
    axis = read_axis(f"{low}..{low + size * step} step {step}")._replace(whole=True)
    assert axis.most == size + 1
    value = axis.value_of(axis.number_at(share))
    assert isinstance(value, int)
    assert (value - low) % step == 0


def test_the_middle_and_the_end_of_a_range_by_ratio():
    axis = read_axis("0.01..1 log")
    assert axis.middle == pytest.approx(0.1)
    assert axis.is_near_end(0.95)
    assert axis.is_near_end(0.011)
    assert not axis.is_near_end(0.1)
    assert not read_axis("a|b").is_near_end("a")
    assert read_axis("a|b|c").middle == "b"


def test_a_file_may_write_the_search_beside_its_sampler():
    tune = make_study(FIELDS).tune
    assert tune.search == Search(sampler="tpe", space={"peak": "0.01..1", "warmup.span": "0%..20%"}, trials=12)
    assert Tune(search={"sampler": "TPE", "trials": 12, "space": dict(tune.search.space)}).search == tune.search


def test_a_search_is_left_out_of_texts_where_there_is_none():
    assert "search" not in Tune(peaks=(0.1,)).to_dict()
    assert set(make_study(FIELDS).tune.search.to_dict()) == {"sampler", "space", "trials"}
    assert "batch_size" not in Candidate(schedule="cosine", peak=0.1).to_dict()


def test_a_study_with_a_search_goes_to_a_file_and_back(tmp_path):
    plan = study(("constant", "warmup+cosine(floor=0..0.1)"), search="sobol", space={"peak": "1e-2..1 log"})
    (tmp_path / "s.yaml").write_text(dump_study(plan))
    assert load_study(tmp_path / "s.yaml") == plan
    assert Study.from_json(plan.to_json()) == plan


def test_a_schedule_is_searched_over_what_it_has():
    plan = make_study(FIELDS)
    assert list(plan.space_of("constant")) == ["peak"]
    assert list(plan.space_of("warmup+cosine")) == ["peak", "warmup.span"]
    assert plan.space_of("constant")["peak"].log


def test_every_schedule_has_the_same_number_of_trials():
    plan = make_study(FIELDS)
    assert plan.tuned_settings == (12, 12)
    assert plan.tuning_trials == 2 * 12 * 2
    assert plan.planned_trials == 48 + 2 * 10


def test_ranges_in_a_text_are_searched_for_that_schedule_alone():
    plan = study(
        ("cosine(floor=0..0.1, power=2)", "warmup(span=1%..9%)+linear", "linear"), search={"space": {"peak": "0.1..1"}}
    )
    assert plan.labels == ("cosine(power=2.0)", "warmup+linear", "linear")
    assert [list(plan.space_of(label)) for label in plan.labels] == [
        ["peak", "cosine.floor"],
        ["peak", "warmup.span"],
        ["peak"],
    ]


@pytest.mark.parametrize(
    ("text", "cut", "ranges"),
    [
        ("cosine", "cosine", {}),
        ("wsd(curve=linear|cosine)", "wsd", {"wsd.curve": "linear|cosine"}),
        ("scale(of=linear(floor=0..0.1), by=0.5..2)", None, {"linear.floor": "0..0.1", "scale.by": "0.5..2"}),
        ("multi-step(gamma=0.1..0.5)", "multi-step", {"multi_step.gamma": "0.1..0.5"}),
        ("plateau(patience=1..4)+constant", "plateau+constant", {"plateau.patience": "1..4"}),
        ("cosine(floor=0..0.1", "cosine(floor=0..0.1", {}),
    ],
)
def test_ranges_are_cut_out_of_texts(text, cut, ranges):
    found = cut_ranges(text)
    assert found.ranges == ranges
    assert found.text == cut or (cut is None and str(parse(found.text)) == "scale(of=linear, by=0.5)")


@pytest.mark.parametrize(
    ("schedules", "tune", "words"),
    [
        (None, {"space": ONE | {"warmup.sapn": "1%..2%"}}, "warmup.sapn: no schedule of the study .* mean warmup.span"),
        (None, {"space": ONE | {"span": "1%..2%"}}, r"tune.search.space.span: .* did you mean warmup.span\?"),
        (None, {"space": {"lr": "1..2"}}, r"did you mean peak\?"),
        (None, {"space": ONE | {"width": "1..2"}}, "a setting of a loop .* is written settings.width"),
        (["wsd(power=0.5..3)"], PEAK, "unknown field of schedule wsd 'power'"),
        (None, {"space": ONE | {"warmup.span": "1%..120%"}}, "have warmup.span = 120%: .* narrow the range"),
        (["cosine(floor=0..2)"], PEAK, r"cannot have cosine.floor = 2.0: .* in \[0, 1\]"),
        (["cosine(floor=0%..2%)"], PEAK, "cosine.floor"),
        (["warmup(curve=linear|exponential)+linear"], PEAK, "start > 0.* narrow the range"),
        (None, {"space": {"peak": "0.1..2000"}}, r"peak = 2000.0: .* narrow the range"),
        (None, {"space": ONE | {"momentum": "0.5..1"}}, "momentum = 1.0"),
        (None, {"space": ONE | {"batch_size": "1.5..8"}}, "takes whole numbers, but got 1.5..8; write 1..9"),
        (["hard_restarts(cycles=2..4.5)"], PEAK, "takes whole numbers"),
        (None, {"space": {"warmup.span": "1%..9%"}}, "needs a range of the peak, as in"),
        (None, {"peaks": [0.1], "space": {"warmup.span": "1%..9%"}}, "constant has none .* one point; search its peak"),
        (None, {"peaks": [0.1], "space": {"peak": "0.1..1"}}, "tune.peaks: the peak is searched .* leave out `peaks`"),
        (None, GRID, "has 4 points or more, but trials are 3; raise them"),
        (["cosine", "cosine(power=2)"], {"space": ONE | {"cosine.power": "1..3"}}, "the same except .* leave out one"),
        (None, {"search": {"own": {"cosin": {"peak": "0.1..1"}}}}, "no schedule is called 'cosin'; known: constant"),
        (None, {"search": "tpee", "space": {"peak": "1..2"}}, "'tpe' or 'cmaes', but got 'tpee'"),
        (None, {"space": {"peak": 0.1}}, "a range is a text such as .* write one"),
        (None, {"space": {"peak": "0.3..0.1"}}, "tune.search.space.peak: a range goes from low to high"),
        (["plateau(goal=min|max)+constant"], PEAK, "plateau.goal = max: .* write goal=min"),
    ],
)  # fmt: skip
def test_a_search_that_does_not_go_with_its_schedules_says_why(schedules, tune, words):
    with pytest.raises(StudyError, match=words):
        study(schedules or ("constant", "warmup+cosine"), **({"search": "tpe"} | tune))


def test_a_search_has_no_arms():
    fields = {name: value for name, value in FIELDS.items() if name != "schedules"}
    arms = [{"label": "a", "candidates": [{"schedule": "cosine", "peak": 0.1}]}]
    with pytest.raises(StudyError, match=r"tune.search: a search tunes schedules; give `schedules` in place of arms"):
        make_study(fields | {"arms": arms})


@pytest.mark.parametrize(
    ("lines", "place", "words"),
    [
        (["  search: tpe", "  trials: 1", "  space:", "    peak: 0.01..1"], 6, "greater than or equal to 2"),
        (["  search: tpe", "  space:", "    peak: 0.01..1", "    momentm: 0.1..0.2"], 8, "did you mean momentum"),
        (["  search: tpe", "  space:", "    peak: 1..0.1"], 7, "from low to high"),
        (["  search:", "    sampler: tpe", "    space:", "      peak: 1..0.1"], 8, "from low to high"),
        (["  peaks: [0.1]", "  search: tpe", "  space:", "    peak: 0.1..1"], 5, "leave out `peaks`"),
    ],
)
def test_mistakes_of_a_search_have_their_line(tmp_path, lines, place, words):
    head = ["name: s", "task: digits/mlp", ["schedules: [constant, cosine]", "udget: 6 epochs"][0], "tune:"]
    path = tmp_path / "s.yaml"
    path.write_text("\n".join([*head, *lines, "budget: 6 epochs"]))
    with pytest.raises(StudyError, match=rf"s.yaml:{place}: tune.*{words}"):
        load_study(path)


def test_a_trial_of_a_search_finds_its_schedule():
    plan = study(
        ("constant", "warmup+cosine", "cosine"), search={"space": {"peak": "0.01..1", "warmup.span": "1%..9%"}}
    )
    base = {
        "task": "digits/mlp",
        "data": "0" * 16,
        "optimizer": {},
        "peak": 0.234,
        "seed": 0,
        "budget": "6 epochs",
        "batch_size": 64,
    }
    for text, label in (("warmup(span=3%)+cosine", "warmup+cosine"), ("cosine", "cosine"), ("constant", "constant")):
        assert plan.label_of(Trial.model_validate(base | {"schedule": text})) == label
    with pytest.raises(StudyError, match="belongs to no arm"):
        plan.label_of(Trial.model_validate(base | {"schedule": "cosine(floor=0.1)"}))


def test_a_candidate_has_every_kind_of_field():
    values = {
        "peak": 0.2,
        "momentum": 0.8,
        "optimizer": "rmsprop",
        "batch_size": 16,
        "settings.width": 8,
        "cosine.power": 2.0,
    }
    candidate = candidate_at(parse("warmup+cosine"), Optimizer(weight_decay=0.1), (), values)
    assert str(candidate) == "warmup+cosine(power=2.0) at 0.2 with rmsprop, batch size 16 (width 8)"
    assert candidate.optimizer == Optimizer(name="rmsprop", momentum=0.8, weight_decay=0.1)
    assert candidate_at(parse("cosine"), Optimizer(), (0.3,), {}) == Candidate(schedule="cosine", peak=0.3)


def test_every_field_that_is_one_value_can_be_searched():
    names = searched_names([parse("warmup+sequence(of=[cosine, linear], at=[50%])"), parse("plateau+constant")])
    assert {"warmup.span", "cosine.power", "linear.floor", "plateau.patience", "peak", "optimizer"} <= set(names)
    assert not {"sequence.at", "sequence.of", "warmup.then"} & set(names)
    assert list(plan_fields(parse("constant"))) == []


def test_settings_are_whole_where_both_ends_are():
    plan = study(
        ("constant",), search={"space": {"peak": "0.1..1", "settings.width": "4..64", "settings.drop": "0.0..1"}}
    )
    assert [axis.whole for axis in plan.space_of("constant").values()] == [False, False, True]


@given(
    sizes=st.lists(st.sampled_from(["0.1..1", "1..3 step 1", "a|b", "0%..9%"]), min_size=1, max_size=4),
    trials=st.integers(16, 200),
)
def test_a_grid_fills_its_trials_as_evenly_as_it_can(sizes, trials):
    space = {str(place): read_axis(text) for place, text in enumerate(sizes)}
    found = grid_sizes(space, trials)
    assert math.prod(found.values()) <= trials
    for name, size in found.items():
        grown = math.prod(found.values()) // size * (size + 1)
        assert size == space[name].most or grown > trials
    assert points_in(Search(sampler="grid", trials=trials), space) == math.prod(found.values())
    assert points_in(Search(sampler="tpe", trials=trials), space) == trials


def test_corners_of_very_many_fields_are_looked_at_one_by_one():
    few = corners_of({name: read_axis("0.1..1") for name in "ab"})
    many = corners_of({name: read_axis("0.1..1") for name in "abcdefghijk"})
    assert len(few) == 4
    assert len(many) == 22
    assert {tuple(corner) for corner in many} == {tuple("abcdefghijk")}


def test_a_study_that_was_kept_draws_the_same_points_however_its_ranges_were_ordered():
    space = {"peak": "0.01..1", "warmup.span": "0%..20%", "momentum": "0.8..0.99"}
    plan = study(search="tpe", space=space)
    turned = study(search="tpe", space=dict(reversed(space.items())))
    kept = Study.from_json(plan.to_json())
    for label in plan.labels:
        assert list(plan.space_of(label)) == list(kept.space_of(label)) == list(turned.space_of(label))


def test_a_space_that_is_no_mapping_says_how_one_is_written():
    with pytest.raises(StudyError, match=r"but got \['peak'\]; write names and what they are, as in {name: value}"):
        study(search="tpe", space=["peak"])


@pytest.mark.parametrize(("rule", "peak"), [("none", 0.1), ("linear", 0.2), ("sqrt", 0.1 * math.sqrt(2))])
def test_the_peak_goes_with_the_batch_size_as_asked(rule, peak):
    space = {"peak": "0.01..1", "batch_size": "32|128"}
    asked = study(search="random", space=space, trials=4, scale_rate=rule)
    assert asked.candidate_at("constant", {"peak": 0.1, "batch_size": 128}).peak == pytest.approx(peak)
    assert asked.candidate_at("constant", {"peak": 0.1}).peak == 0.1
    assert ("scale_rate" in asked.to_json()) == (rule != "none")


def test_several_batches_of_an_update_count_as_one_large_batch():
    asked = study(search="random", space={"peak": "0.01..1", "accumulate": "1|4"}, trials=4, scale_rate="linear")
    assert asked.candidate_at("constant", {"peak": 0.1, "accumulate": 4}).peak == pytest.approx(0.4)
