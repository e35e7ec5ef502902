"""What reading a table says of it, where it is read but something may be amiss."""

import pytest

from lrlab.trackers import read_runs

PLAIN = "arm,seed,test_acc\ncosine,0,0.93\ncosine,1,0.94\nconstant,0,0.91\nconstant,1,0.92\n"


def write(folder, text):
    path = folder / "runs.csv"
    path.write_text(text)
    return path


SAID = {
    "a seed that no run has": (
        PLAIN.replace("arm,seed", "arm,seed,rng_seed").replace("0,0.9", "0,None,0.9").replace("1,0.9", "1,,0.9"),
        "seed is the column `seed`",
    ),
    "one number in two spellings": (
        PLAIN.replace("cosine", "1e-3").replace("constant", "0.001"),
        "'0.001' are taken as",
    ),
    "one letter in two spellings": (
        PLAIN.replace("cosine", "\u00e9").replace("constant", "e\u0301"),
        "are taken as two",
    ),
    "per cent signs": (PLAIN.replace("0.91", "91 %"), "with % are read as shares: 91 % as 0.91"),
    "per cent signs beneath a heading of per cent": (
        PLAIN.replace("test_acc", "test acc (%)").replace("0.91", "91 %").replace("0.9", "9"),
        "with % are read as its heading says, in per cent: 91 % as 91",
    ),
    "shares beneath a heading of per cent": (
        PLAIN.replace("test_acc", "test acc (%)"),
        "`test acc (%)` says per cent, but no value is above 0.94",
    ),
    "a run in per cent beside shares": (
        "arm,seed,acc\na,0,91\na,1,92\na,2,0.93\nb,0,91\nb,1,92\nb,2,92\n",
        "runs.csv:4: acc is 0.93, where other runs of its arm have 91 or more; look whether it is a share",
    ),
    "lengths that differ": (
        "arm,seed,epochs,acc\na,0,10,.1\na,1,10,.2\nb,0,20,.3\nb,1,20,.4\n",
        "each run has one row, but they differ in `epochs`, 10 to 20",
    ),
    "other data within an arm": (
        "arm,dataset,seed,acc\na,mnist,0,.1\na,mnist,1,.2\na,cifar,2,.2\nb,cifar,0,.3\nb,mnist,1,.4\nb,cifar,2,.4\n",
        "within an arm runs differ in `dataset`; --arm A,dataset would part them",
    ),
}


@pytest.mark.parametrize("shape", SAID)
def test_said(tmp_path, shape):
    text, sentence = SAID[shape]
    assert sentence in " / ".join(read_runs(write(tmp_path, text)).guessed)


@pytest.mark.parametrize("text", ["0,1;0,01", "1;10", "1e-3;1e-4", "v1;v01x", "a1;a2"])
def test_what_is_not_one_arm_in_two_spellings(tmp_path, text):
    one, other = text.split(";")
    table = PLAIN.replace(",", ";").replace("cosine", one).replace("constant", other)
    assert "taken as two" not in " ".join(read_runs(write(tmp_path, table)).guessed)


def test_a_column_for_each_run_pairs_nothing(tmp_path):
    table = read_runs(write(tmp_path, "method,run1,run2\ncosine,.93,.94\nconstant,.91,.92\n"), metric="acc")
    assert not table.seeded
    assert sorted(table.frame["value"]) == [0.91, 0.92, 0.93, 0.94]


def test_a_direction_asked_for_is_not_denied(tmp_path):
    path = write(tmp_path, PLAIN.replace("test_acc", "loss"))
    said = " / ".join(read_runs(path, higher_is_better=True).guessed)
    assert "metric is `loss` / by its name lower `loss` is better, but higher is asked for" in said
    assert "lower is better, by its name" in " / ".join(read_runs(path, higher_is_better=False).guessed)


def test_a_metric_asked_for_twice_is_one(tmp_path):
    table = read_runs(write(tmp_path, PLAIN), metric="test_acc,test_acc,Test_Acc")
    assert table.metrics == ("test_acc",)
    assert table.frame.height == 4
