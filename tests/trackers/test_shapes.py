"""Tables as people and trackers write them: each is read right, or refused with the place and the way out."""

import pytest

from lrlab.errors import LabError
from lrlab.trackers import read_runs

FOUR = {("cosine", "0"): 0.93, ("cosine", "1"): 0.94, ("constant", "0"): 0.91, ("constant", "1"): 0.92}
PLAIN = "arm,seed,test_acc\ncosine,0,0.93\ncosine,1,0.94\nconstant,0,0.91\nconstant,1,0.92\n"
NAN = float("nan")


def runs(table):
    """Value by arm and seed, of a table without steps."""
    assert table.frame["step"].null_count() == table.frame.height
    return {(arm, seed): value for arm, seed, value in table.frame.select("arm", "seed", "value").iter_rows()}


def same(found, expected):
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, rel=1e-12, nan_ok=True), key


def write(folder, text, name="runs.csv"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


READ = {
    "long with a metric a column": (PLAIN, FOUR, "test_acc"),
    "a byte-order mark": ("\ufeff" + PLAIN, FOUR, "test_acc"),
    "UTF-16": (PLAIN.encode("utf-16"), FOUR, "test_acc"),
    "Windows line ends": (PLAIN.replace("\n", "\r\n"), FOUR, "test_acc"),
    "old Macintosh line ends": (PLAIN.replace("\n", "\r"), FOUR, "test_acc"),
    "tabs": (PLAIN.replace(",", "\t"), FOUR, "test_acc"),
    "semicolons": (PLAIN.replace(",", ";"), FOUR, "test_acc"),
    "pipes": (PLAIN.replace(",", "|"), FOUR, "test_acc"),
    "blanks": (PLAIN.replace(",", "   "), FOUR, "test_acc"),
    "European decimals": (PLAIN.replace(",", ";").replace(".", ","), FOUR, "test_acc"),
    "European decimals, quoted": (
        'arm,seed,test_acc\ncosine,0,"0,93"\ncosine,1,"0,94"\nconstant,0,"0,91"\nconstant,1,"0,92"\n',
        FOUR,
        "test_acc",
    ),
    "all quoted": ("\n".join(",".join(f'"{c}"' for c in line.split(",")) for line in PLAIN.split()), FOUR, "test_acc"),
    "blanks about cells": (PLAIN.replace(",", " , "), FOUR, "test_acc"),
    "comments and blank lines": (
        "# made by hand\n\n" + PLAIN.replace("constant,0", "# two more\n\nconstant,0"),
        FOUR,
        "test_acc",
    ),
    "a heading as numpy writes it": ("# " + PLAIN, FOUR, "test_acc"),
    "Excel's hint": ("sep=;\n" + PLAIN.replace(",", ";"), FOUR, "test_acc"),
    "a delimiter at the end of each line": (PLAIN.replace("\n", ",\n"), FOUR, "test_acc"),
    "a delimiter at the end of rows": (PLAIN.replace("\n", ",\n").replace("acc,\n", "acc\n"), FOUR, "test_acc"),
    "pandas' row numbers": (
        ",arm,seed,test_acc\n0,cosine,0,0.93\n1,cosine,1,0.94\n2,constant,0,0.91\n3,constant,1,0.92\n",
        FOUR,
        "test_acc",
    ),
    "pandas' row numbers, read and written again": (
        "Unnamed: 0,arm,seed,test_acc\n0,cosine,0,0.93\n1,cosine,1,0.94\n2,constant,0,0.91\n3,constant,1,0.92\n",
        FOUR,
        "test_acc",
    ),
    "seeds as seed_3": (PLAIN.replace(",0,", ",seed_0,").replace(",1,", ",seed_1,"), FOUR, "test_acc"),
    "seeds as 3.0": (PLAIN.replace(",0,", ",0.0,").replace(",1,", ",1.0,"), FOUR, "test_acc"),
    "per cent signs": (
        "arm,seed,test_acc\ncosine,0,93%\ncosine,1,94 %\nconstant,0,91%\nconstant,1,92.0%\n",
        FOUR,
        "test_acc",
    ),
    "capitals and units": (
        PLAIN.replace("arm,seed,test_acc", "Method,Random Seed,Test Accuracy [share]"),
        FOUR,
        "Test Accuracy [share]",
    ),
    "test before validation before training": (
        "arm,seed,train_acc,val_acc,test_acc\ncosine,0,.99,.9,.93\ncosine,1,.99,.9,.94\nconstant,0,.99,.9,.91\nconstant,1,.99,.9,.92\n",
        FOUR,
        "test_acc",
    ),
    "a score before its loss": (
        "arm,seed,loss,accuracy\ncosine,0,0.3,0.93\ncosine,1,0.2,.94\nconstant,0,.3,.91\nconstant,1,.3,.92\n",
        FOUR,
        "accuracy",
    ),
    "settings and bookkeeping beside": (
        "run_id,arm,lr,batch_size,seed,test_acc,runtime,created_at\na,cosine,0.1,32,0,.93,10,2024-01-01\n"
        "b,cosine,0.1,32,1,.94,11,2024-01-01\nc,constant,.05,32,0,.91,9,2024-01-02\nd,constant,.05,32,1,.92,8,2024-01-02\n",
        FOUR,
        "test_acc",
    ),
    "long with metric and value": (
        "arm,seed,metric,value\ncosine,0,acc,.93\ncosine,0,loss,.3\ncosine,1,acc,.94\nconstant,0,acc,.91\nconstant,1,acc,.92\n",
        FOUR,
        "acc",
    ),
    "a column for each seed": ("arm,0,1\ncosine,.93,.94\nconstant,.91,.92\n", FOUR, "value"),
    "a column for each seed, by word": ("schedule,seed_0,seed_1\ncosine,.93,.94\nconstant,.91,.92\n", FOUR, "value"),
    "a column for each seed, and their mean": (
        "arm,s0,s1,mean,std\ncosine,.93,.94,.935,.005\nconstant,.91,.92,.915,.005\n",
        FOUR,
        "value",
    ),
    "a column for each seed and metric": (
        "arm,acc_seed0,acc_seed1,loss_seed0,loss_seed1\ncosine,.93,.94,1,2\nconstant,.91,.92,1,2\n",
        FOUR,
        "acc",
    ),
    "a column for each seed, a row for each arm and metric": (
        "arm,metric,0,1\ncosine,acc,.93,.94\nconstant,acc,.91,.92\ncosine,loss,1,2\n",
        FOUR,
        "acc",
    ),
    "pandas' pivot": (",0,1\ncosine,.93,.94\nconstant,.91,.92\n", FOUR, "value"),
    "a column for each arm": ("seed,cosine,constant\n0,.93,.91\n1,.94,.92\n", FOUR, "value"),
    "a column for each arm, an arm without a seed": (
        "seed,cosine,constant\n0,.93,.91\n1,.94,\n",
        {key: value for key, value in FOUR.items() if key != ("constant", "1")},
        "value",
    ),
    "arm and seed in the names of runs": (
        "name,test_acc\ncosine_seed0,.93\ncosine_seed1,.94\nconstant_seed0,.91\nconstant_seed1,.92\n",
        FOUR,
        "test_acc",
    ),
    "arm and seed in the names of runs, numbers alone": (
        "run,test_acc\ncosine-0,.93\ncosine-1,.94\nconstant-0,.91\nconstant-1,.92\n",
        FOUR,
        "test_acc",
    ),
    "NaN in many spellings": (
        "arm,seed,acc\na,0,NaN\na,1,nan\na,2,NULL\na,3,\na,4,inf\na,5,-Infinity\na,6,N/A\na,7,None\na,8,0.5\n",
        {("a", str(seed)): NAN for seed in range(8)} | {("a", "8"): 0.5},
        "acc",
    ),
    "a row for the mean": (PLAIN + "cosine,mean,0.935\nconstant,mean,0.915\n", FOUR, "test_acc"),
    "the same row twice": (PLAIN + "constant,1,0.92\n", FOUR, "test_acc"),
    "not UTF-8": (
        PLAIN.replace("cosine", "größer").encode("latin-1"),
        {(arm.replace("cosine", "größer"), s): v for (arm, s), v in FOUR.items()},
        "test_acc",
    ),
    "a table in Markdown": (
        "| arm | seed | acc |\n| :--- | --- | ---: |\n| cosine | 0 | 0.93 |\n| cosine | 1 | 0.94 |\n"
        "| constant | 0 | 0.91 |\n| constant | 1 | 0.92 |\n",
        FOUR,
        "acc",
    ),
    "a column for each fold": ("model,fold 0,fold 1,mean\ncosine,.93,.94,.935\nconstant,.91,.92,.915\n", FOUR, "value"),
    "minus as typesetters write it": (
        "arm,seed,return\ncosine,0,−1\ncosine,1,−2\nconstant,0,−3\nconstant,1,−4\n",
        {("cosine", "0"): -1, ("cosine", "1"): -2, ("constant", "0"): -3, ("constant", "1"): -4},
        "return",
    ),
    "JSON lines": (
        '{"arm": "cosine", "seed": 0, "acc": 0.93}\n{"arm": "cosine", "seed": 1, "acc": 0.94}\n\n'
        '{"arm": "constant", "seed": 0, "acc": 0.91}\n{"arm": "constant", "seed": 1, "acc": 0.92}\n',
        FOUR,
        "acc",
    ),
    "JSON lines with odd ends of lines in strings": (
        '{"arm": "cosine", "seed": 0, "note": "x\u2028y\x85z", "acc": 0.93}\r\n'
        '{"arm": "constant", "seed": 0, "acc": 0.91}',
        {("cosine", "0"): 0.93, ("constant", "0"): 0.91},
        "acc",
    ),
    "a JSON array, nested": (
        '[{"config": {"schedule": "cosine", "seed": 0}, "summary": {"acc": 0.93}}, {"config": {"schedule": "cosine", '
        '"seed": 1}, "summary": {"acc": 0.94}}, {"config": {"schedule": "constant", "seed": 0},'
        '"summary": {"acc": 0.91}},'
        '{"config": {"schedule": "constant", "seed": 1}, "summary": {"acc": 0.92}}]',
        FOUR,
        "summary.acc",
    ),
    "JSON of columns": (
        '{"arm": ["cosine", "constant"], "seed": [0, 0], "acc": [NaN, 0.5]}',
        {("cosine", "0"): NAN, ("constant", "0"): 0.5},
        "acc",
    ),
    "JSON as pandas writes it": (
        '{"arm": {"0": "cosine", "1": "constant"}, "seed": {"0": 0, "1": 0}, "acc": {"0": null, "1": 0.5}}',
        {("cosine", "0"): NAN, ("constant", "0"): 0.5},
        "acc",
    ),
    "settings as text of dicts, as W&B's API has them": (
        "name,config,summary\nrun-1,\"{'schedule': 'cosine', 'seed': 0}\",\"{'acc': 0.93, '_step': 9}\"\n"
        "run-2,\"{'schedule': 'constant', 'seed': 0}\",\"{'acc': nan}\"\n",
        {("cosine", "0"): 0.93, ("constant", "0"): NAN},
        "summary.acc",
    ),
    "MLflow's search_runs": (
        "run_id,experiment_id,status,artifact_uri,start_time,end_time,metrics.test_acc,metrics.test_loss,params.schedule,params.seed,tags.mlflow.runName\n"
        "a1,0,FINISHED,/x,2024,2024,0.93,0.2,cosine,0,calm-fox-1\na2,0,FINISHED,/x,2024,2024,0.91,0.3,constant,0,odd-owl-2\n",
        {("cosine", "0"): 0.93, ("constant", "0"): 0.91},
        "metrics.test_acc",
    ),
    "a rate as the arm": ("lr,seed,acc\n0.1,0,.93\n0.2,0,.91\n", {("0.1", "0"): 0.93, ("0.2", "0"): 0.91}, "acc"),
    "one row": ("arm,seed,acc\ncosine,0,.93\n", {("cosine", "0"): 0.93}, "acc"),
    "mixed metrics, not all numbers": (
        "arm,seed,metric,value\ncosine,0,acc,.93\ncosine,0,note,fine\nconstant,0,acc,.91\n",
        {("cosine", "0"): 0.93, ("constant", "0"): 0.91},
        None,
    ),
}


@pytest.mark.parametrize("shape", READ)
def test_read(tmp_path, shape):
    text, expected, metric = READ[shape]
    table = read_runs(write(tmp_path, text), metric="acc" if metric is None else None)
    assert table.metrics == (metric or "acc",)
    assert table.seeded
    same(runs(table), expected)


REFUSED = {
    "a word where a number is due": (
        PLAIN.replace("0.91", "n/a?"),
        r"runs\.csv:4: 'n/a\?' in column `test_acc`.*write NaN for a run that diverged",
    ),
    "thousands": (
        PLAIN.replace("0.91", '"1,234"')
        .replace("0.92", '"2,345"')
        .replace("0.93", '"3,456"')
        .replace("0.94", '"4,567"'),
        r"runs\.csv:2: '3,456' .*may be 3456 or 3\.456; write numbers without",
    ),
    "points that may part thousands": (
        PLAIN.replace("0.91", "1.001").replace("0.92", "980").replace("0.93", "987").replace("0.94", "1.008"),
        r"runs\.csv:3: '1\.008' .*beside '987', may be 1008 or 1\.008; write numbers without separators",
    ),
    "points and commas": (
        PLAIN.replace("0.91", '"0,91"'),
        r"runs\.csv:4: '0,91' .*runs\.csv:2: .*Write all numbers with a point",
    ),
    "both in one number": (
        PLAIN.replace("0.91", '"1.234,5"'),
        r"runs\.csv:4: '1\.234,5' .*without separators of thousands",
    ),
    "digits of another script": (PLAIN.replace("0.91", "\uff10.\uff19\uff11"), r"runs\.csv:4: .* in column `test_acc`"),
    "a unit in a cell": (PLAIN.replace("0.91", "0.91 acc"), r"runs\.csv:4: '0\.91 acc' .*units"),
    "no heading": ("cosine,0,0.93\ncosine,1,0.94\n", r"runs\.csv:1: 'cosine,0,0\.93' is no heading; write names"),
    "only a heading": ("arm,seed,acc\n", r"runs\.csv:1: a heading and no rows; it needs a row for each run"),
    "nothing": ("", r"runs\.csv is empty; it needs a heading"),
    "blank lines alone": ("\n\n  \n", r"runs\.csv is empty; it needs a heading"),
    "a name twice": (
        "arm,seed,acc,acc\na,0,1,2\n",
        r"runs\.csv:1: two columns are called 'acc'; give each its own name",
    ),
    "too few cells": (PLAIN + "constant,2\n", r"runs\.csv:6: 2 cells where the heading has 3; quote"),
    "too many cells": (PLAIN + "constant,2,0,93\n", r"runs\.csv:6: 4 cells where the heading has 3; quote"),
    "an open quote": (PLAIN + 'constant,"2,0.9\n', r'runs\.csv:6: .*close every " or double it'),
    "a seed twice": (
        PLAIN + "constant,1,0.99\n",
        r"runs\.csv:5 and runs\.csv:6: test_acc of arm 'constant', seed 1, is given twice, as 0\.92 and 0\.99; "
        "leave one out",
    ),
    "a seed twice, other data": (
        "arm,dataset,seed,acc\ncosine,mnist,0,.93\ncosine,cifar,0,.8\nconstant,mnist,0,.9\nconstant,cifar,0,.7\n",
        r"the arm may be|write --arm",
    ),
    "a seed twice, another rate": (
        "arm,lr,seed,acc\ncosine,.1,0,.93\ncosine,.2,0,.8\n",
        r"given twice.*`lr` differ there.*write --arm ARM,lr",
    ),
    "two columns of arms": (
        "schedule,optimizer,seed,acc\ncosine,sgd,0,.93\ncosine,adam,0,.8\nconstant,sgd,0,.9\nconstant,adam,0,.7\n",
        r"the arm may be `schedule` and `optimizer`; write --arm schedule, "
        "or --arm schedule,optimizer for arms made of several",
    ),
    "several metrics": (
        "arm,seed,f1,auc\ncosine,0,.93,.8\nconstant,0,.9,.7\n",
        r"several metrics: `f1` and `auc`; write --metric f1",
    ),
    "no arm": ("seed,acc\n0,.93\n1,.9\n", r"no column says which arm .*write --arm and one of `seed` and `acc`"),
    "no metric": ("arm,seed\ncosine,0\nconstant,0\n", r"no column holds a metric: `arm` and `seed`; write --metric"),
    "a unit of thousands": (PLAIN.replace("0.91", "91k"), r"'91k' .*write it without separators of thousands, units"),
    "truth": (PLAIN.replace("0.91", "True"), r"'True' .*write 1 for true and 0 for false"),
    "a title above the heading": ("My results,,\n" + PLAIN, r"runs\.csv:1: 'My results' is a title.*write # before it"),
    "UTF-32": (PLAIN.encode("utf-32"), r"runs\.csv holds bytes that are no text; .*text as UTF-8"),
    "a seed that is NaN": (PLAIN.replace("cosine,1", "cosine,NaN"), r"runs\.csv:3: no seed in column `seed`; write it"),
    "a seed that is None": (PLAIN.replace("cosine,1", "cosine,None"), r"runs\.csv:3: no seed in column `seed`; write"),
    "an arm that is NaN": (PLAIN.replace("cosine,1", "nan,1"), r"runs\.csv:3: no arm in column `arm`; write one"),
    "a step that is NaN": (
        "arm,seed,step,acc\na,0,0,.1\na,0,NaN,.2\na,0,2,.3\n",
        r"runs\.csv:3: no step in column `step`, but its run has several rows; write it",
    ),
    "a step left out": (
        "arm,seed,step,acc\na,0,0,.1\na,0,,.2\na,0,2,.3\n",
        r"runs\.csv:3: no step in column `step`, but its run has several rows; write it",
    ),
    "one seed for all, and a number": (
        "arm,seed,rep,acc\na,42,0,.1\na,42,1,.2\n",
        r"given twice.*where `rep` tells runs apart, write --seed rep",
    ),
    "an arm in each name of a metric": (
        "seed,acc_cosine,acc_constant\n0,.93,.91\n1,.94,.92\n",
        r"no column says which arm.*head it with the arm's name alone",
    ),
    "a seed missing": (PLAIN.replace("cosine,1", "cosine,"), r"runs\.csv:3: no seed in column `seed`; write it"),
    "an arm missing": (PLAIN.replace("cosine,1", ",1"), r"runs\.csv:3: no arm in column `arm`; write one"),
    "means alone": (
        "arm,mean,std,n\ncosine,.93,.01,5\nconstant,.91,.01,5\n",
        r"sum up runs; the runs themselves are due",
    ),
    "shares and per cent": (
        PLAIN.replace("0.91", "91").replace("0.92", "92"),
        r"test_acc is a share.*runs\.csv:3.*per cent.*runs\.csv:5.*write all in one unit",
    ),
    "a curve without steps": (
        "arm,seed,acc\ncosine,0,.1\ncosine,0,.2\nconstant,0,.1\nconstant,0,.2\n",
        r"given twice.*leave one out",
    ),
    "curves of unnamed runs": (
        "arm,epoch,acc\ncosine,1,.1\ncosine,2,.2\ncosine,1,.1\ncosine,2,.3\n",
        r"several values of one arm at one step.*write --seed COLUMN",
    ),
    "an Excel file": (b"PK\x03\x04rest", r"runs\.csv is a zip or Excel file; save the sheet as CSV"),
    "bytes": (b"arm,\x00\x01\x02", r"runs\.csv holds bytes that are no text"),
    "broken JSON": ('[{"arm": "a",\n "acc": }]', r"runs\.csv:2: .*write JSON lines or one JSON array"),
    "broken JSON lines": (
        '{"arm": "a", "acc": 1}\n{"arm": "b", "acc"\n',
        r"runs\.csv:2: .*each line must be one JSON object",
    ),
    "a W&B chart of groups": (
        "Step,schedule: cosine - acc,schedule: cosine - acc__MIN,schedule: cosine - acc__MAX\n1,.5,.4,.6\n",
        r"means of groups.*take grouping off",
    ),
    "JSON without end": ("[" * 200_000, r"runs\.csv:1: it is nested too deep; each line must be one JSON object"),
    "a cell of a hundred pages": (
        PLAIN + f'c,2,"{"z" * 140_000}"\n',
        r"runs\.csv:6: field larger .*leave out what is no",
    ),
    "text": ("The quick brown fox.\nIt jumps, and jumps.\n", r"runs\.csv:2: 2 cells|no column"),
}


def test_points_beside_a_full_hundred_per_cent_are_decimal_ones(tmp_path):
    text = PLAIN.replace("0.91", "99.125").replace("0.92", "100").replace("0.93", "98.250").replace("0.94", "100")
    found = runs(read_runs(write(tmp_path, text)))
    assert list(found.values()) == [98.25, 100.0, 99.125, 100.0]
    whole = text.replace("99.125", "5").replace("98.250", "2.125")
    assert list(runs(read_runs(write(tmp_path, whole))).values()) == [2.125, 100.0, 5.0, 100.0]


@pytest.mark.parametrize("shape", REFUSED)
def test_refused(tmp_path, shape):
    text, message = REFUSED[shape]
    with pytest.raises(LabError, match=message):
        read_runs(write(tmp_path, text))


def read_or_refusal(path):
    try:
        table = read_runs(path)
    except LabError as error:
        return str(error)
    return str((table.frame.rows(), table.guessed, table.metrics))  # as text, in which NaN is NaN


@pytest.mark.parametrize("shape", [*READ, *REFUSED, "a heading again"])
def test_large_tables_are_read_as_small_ones(tmp_path, monkeypatch, shape):
    again = PLAIN + PLAIN.replace(",0,", ",7,").replace(",1,", ",8,")
    path = write(tmp_path, {**READ, **REFUSED, "a heading again": (again,)}[shape][0])
    small = read_or_refusal(path)
    monkeypatch.setattr("lrlab.trackers._csv.FAST", 1)
    assert read_or_refusal(path) == small
