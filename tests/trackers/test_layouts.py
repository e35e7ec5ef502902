"""Tables with steps, charts of trackers, names that say arm and seed; and what is said of each."""

import math

import pytest

from lrlab.errors import RunsError
from lrlab.trackers import read_runs

CURVES = {
    ("cosine", "1", 0.0): 0.1,
    ("cosine", "1", 10.0): 0.9,
    ("constant", "1", 0.0): 0.2,
    ("constant", "1", 10.0): 0.8,
}


def read(tmp_path, text, **asked):
    path = tmp_path / "runs.csv"
    path.write_text(text, encoding="utf-8")
    return read_runs(path, **asked)


def curves(table):
    rows = table.frame.select("arm", "seed", "step", "value").iter_rows()
    return {(arm, seed, step): value for arm, seed, step, value in rows}


WITH_STEPS = {
    "long": "arm,seed,epoch,val_acc\ncosine,1,0,.1\ncosine,1,10,.9\nconstant,1,0,.2\nconstant,1,10,.8\n",
    "long with metrics": (
        "arm,seed,step,metric,value\ncosine,1,0,acc,.1\ncosine,1,10,acc,.9\ncosine,1,10,loss,3\n"
        "constant,1,0,acc,.2\nconstant,1,10,acc,.8\n"
    ),
    "a column for each step": "arm,seed,0,10\ncosine,1,.1,.9\nconstant,1,.2,.8\n",
    "a column for each run": "step,cosine_seed1,constant_seed1\n0,.1,.2\n10,.9,.8\n",
    "a column for each arm": "seed,step,cosine,constant\n1,0,.1,.2\n1,10,.9,.8\n",
    "W&B's chart": (
        '"Step","cosine-seed1 - val_acc","cosine-seed1 - val_acc__MIN","cosine-seed1 - val_acc__MAX",'
        '"constant-seed1 - val_acc","constant-seed1 - val_acc__MIN","constant-seed1 - val_acc__MAX"\n'
        '"0","0.1","0.1","0.1","0.2","0.2","0.2"\n"5","","","","","",""\n"10","0.9","0.9","0.9","0.8","0.8","0.8"\n'
    ),
    "settings and two clocks": (
        "schedule,lr,seed,epoch,global_step,val_acc\ncosine,.1,1,0,0,.1\ncosine,.05,1,1,10,.9\n"
        "constant,.1,1,0,0,.2\nconstant,.1,1,1,10,.8\n"
    ),
}


@pytest.mark.parametrize("shape", WITH_STEPS)
def test_curves(tmp_path, shape):
    table = read(tmp_path, WITH_STEPS[shape])
    assert curves(table) == CURVES
    assert table.seeded
    assert any(said.startswith("step is the column") for said in table.guessed)


def test_a_chart_whose_runs_have_names_without_seeds(tmp_path):
    text = "Step,calm-fox-1 - acc,calm-fox-1 - acc__MIN,calm-fox-1 - acc__MAX,odd-owl-2 - acc,odd-owl-2 - acc__MIN,"
    table = read(tmp_path, f"{text}odd-owl-2 - acc__MAX\n1,.1,.1,.1,.2,.2,.2\n2,.3,.3,.3,.4,.4,.4\n")
    assert set(table.frame["arm"]) == {"calm-fox-1", "odd-owl-2"}
    assert not table.seeded


def test_a_corner_that_names_both_ways(tmp_path):
    table = read(tmp_path, "arm/seed,0,1\ncosine,.9,.8\nconstant,.7,.6\n")
    assert curves(table)["constant", "1", None] == 0.6


def test_cells_of_a_wide_table_that_are_empty_are_no_runs(tmp_path):
    table = read(tmp_path, "arm,0,1,2\ncosine,.9,,.8\nconstant,.7,NaN,\n")
    assert table.frame.height == 4
    assert math.isnan(curves(table)["constant", "1", None])
    assert "2 cells are empty (runs.csv:2): taken as no run; write NaN for a run that diverged" in table.guessed


def test_runs_that_are_only_numbered(tmp_path):
    table = read(tmp_path, "arm,acc\ncosine,.9\ncosine,.8\nconstant,.7\n")
    assert curves(table) == {("cosine", "1", None): 0.9, ("cosine", "2", None): 0.8, ("constant", "1", None): 0.7}
    assert not table.seeded
    assert "no column of seeds: runs are only numbered, and nothing pairs them" in table.guessed


def test_numbers_of_runs_are_no_seeds_unless_said(tmp_path):
    text = "method,run,score\na,0,1.2\na,1,1.3\nb,0,1.1\nb,1,1.0\n"
    table = read(tmp_path, text)
    assert not table.seeded
    assert any("where runs of one number share their seed, write --seed run" in said for said in table.guessed)
    assert read(tmp_path, text, seed="run").seeded
    named = read(tmp_path, "method,run_id,score\na,x1,1.2\na,x2,1.3\nb,x3,1.1\n")
    assert named.frame.height == 3
    assert not any("--seed" in said for said in named.guessed)


def test_one_run_of_each_arm_with_steps(tmp_path):
    table = read(tmp_path, "arm,step,loss\na,1,3\na,2,2\nb,1,3\nb,2,1\n")
    assert not table.seeded
    assert set(table.frame["seed"]) == {"1"}


def test_two_columns_of_seeds(tmp_path):
    text = "arm,init_seed,data_seed,acc\na,0,7,.9\na,1,8,.91\nb,0,7,.8\nb,1,8,.7\n"
    with pytest.raises(RunsError, match=r"the seed may be `init_seed` and `data_seed`; write --seed init_seed"):
        read(tmp_path, text)
    assert read(tmp_path, text, seed="init_seed").frame.height == 4
    assert set(read(tmp_path, text.replace("init_seed", "seed")).frame["seed"]) == {"0", "1"}


def test_names_of_runs_of_which_some_have_a_seed(tmp_path):
    with pytest.raises(
        RunsError, match=r"the name of run 'constant' has no seed, as others have; call it like 'cosine_s"
    ):
        read(tmp_path, "name,acc\ncosine_seed0,.9\nconstant,.8\n")
    table = read(tmp_path, "name,acc\ncosine,.9\nconstant,.8\n")
    assert set(table.frame["arm"]) == {"cosine", "constant"}
    assert not table.seeded


def test_what_is_said_of_settings_and_spellings(tmp_path):
    table = read(tmp_path, "arm,lr,seed,acc\nCosine,.1,0,.9\nCosine,.2,1,.91\ncosine,.1,0,.8\ncosine,.1,1,.7\n")
    assert "within an arm runs differ in `lr`; --arm A,lr would part them" in table.guessed
    assert "arms 'Cosine' and 'cosine' are taken as two, as they are not written alike" in table.guessed


def test_many_candidates_are_listed_in_part(tmp_path):
    names = ["f1", "auc", "recall", "precision", "bleu", "rouge", "r2", "iou", "dice", "psnr"]
    row = ",".join("0.5" for _ in names)
    with pytest.raises(RunsError, match=r"several metrics: `f1`, .* and `3 more`|3 more.*write --metric f1"):
        read(tmp_path, f"arm,seed,{','.join(names)}\na,0,{row}\nb,0,{row}\n")


def test_a_mean_with_its_spread_is_no_number(tmp_path):
    with pytest.raises(
        RunsError, match=r"runs\.csv:2: '0\.93±0\.01' .*the numbers of the runs are due, each by itself"
    ):
        read(tmp_path, "arm,seed,acc\na,0,0.93±0.01\nb,0,0.92 (0.02)\n")


def test_a_heading_that_comes_again(tmp_path):
    table = read(tmp_path, "arm,seed,acc\na,0,.9\narm,seed,acc\nb,0,.8\n")
    assert table.frame["where"].to_list() == ["runs.csv:2", "runs.csv:4"]
    assert "runs.csv:3 is the heading again, and left out" in table.guessed


def test_lines_above_the_heading(tmp_path):
    with pytest.raises(RunsError, match=r"runs\.csv:3: 3 cells where the heading has 1; write # before lines above"):
        read(tmp_path, "Experiment: rates\n\narm,seed,acc\na,0,.9\n")


def test_best_epochs_are_not_preferred(tmp_path):
    table = read(tmp_path, "arm,seed,best_val_acc,val_acc\na,0,.9,.8\nb,0,.9,.8\na,1,.9,.7\nb,1,.8,.8\n")
    assert table.metrics == ("val_acc",)


def test_optuna_and_ray(tmp_path):
    optuna = "number,value,datetime_start,params_lr,params_schedule,user_attrs_seed,state\n0,.9,2024,.1,a,0,COMPLETE\n"
    assert curves(read(tmp_path, f"{optuna}1,.8,2024,.1,b,0,COMPLETE\n")) == {
        ("a", "0", None): 0.9,
        ("b", "0", None): 0.8,
    }
    ray = "trial_id,config/lr,config/schedule,config/seed,val_loss,training_iteration,time_total_s,done\n"
    table = read(tmp_path, f"{ray}t1,.1,a,0,.3,10,99,True\nt2,.1,b,0,.4,10,98,True\n")
    assert table.metrics == ("val_loss",)
    assert set(table.frame["arm"]) == {"a", "b"}


def test_json_of_arms_and_of_seeds(tmp_path):
    path = tmp_path / "runs.json"
    path.write_text('{"cosine": {"seed_3": 0.9, "seed_4": 0.8}, "constant": {"seed_3": 0.7, "seed_4": 0.6}}')
    assert curves(read_runs(path))["constant", "4", None] == 0.6
    path.write_text('{"cosine": [0.9, 0.8], "constant": [0.7, 0.6]}')
    assert curves(read_runs(path))["constant", "2", None] == 0.6
    path.write_text('{"made": "today", "runs": [{"arm": "a", "seed": 3, "acc": 0.5}]}')
    assert curves(read_runs(path)) == {("a", "3", None): 0.5}
    path.write_text('{"cosine": [0.9, 0.8], "constant": [0.7]}')
    with pytest.raises(RunsError, match=r"columns of different lengths \(cosine: 2, constant: 1\); write null"):
        read_runs(path)
    path.write_text("[3]")
    with pytest.raises(RunsError, match=r"runs\.json, row 1: '3', where an object such as"):
        read_runs(path)
