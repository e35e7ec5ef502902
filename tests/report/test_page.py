"""The page's text: complete, escaped, asking nothing of the network."""

import json
import re

import pytest

from lrlab.errors import LabError
from lrlab.report import answer, lines_to_paste, study_answer, table, write_page
from lrlab.report._page_figures import curve_panels
from lrlab.spec import Metric
from support.reader import read_page, words
from support.results import all_diverged, example_results, own_loop_results, with_optimizers


def read(results, tmp_path):
    write_page(results, tmp_path / "page.html")
    return read_page(tmp_path / "page.html")


def test_the_page_has_everything_in_order(tmp_path):
    results = example_results()
    text = words(read(results, tmp_path))
    order = [
        "An example",
        study_answer(results).headline.replace(" %", "\N{NO-BREAK SPACE}%").split("\N{NO-BREAK SPACE}")[0],
        "Paste into your loop",
        "Schedules, best first",
        "Learning rates",
        "Learning curves",
        "Validation score by peak",
        "Paired differences",
        "Precision, recall and F1 by class",
        "macro average",
        "Settings",
        "batch_size",
        "protocol",
        "Cost",
        "Versions and machine",
    ]
    place = 0
    for word in order:
        place = text.index(word, place)
    assert all(row.label in text for row in results.rows)


def test_nothing_is_fetched(tmp_path):
    reader = read(example_results(), tmp_path)
    for tag, attributes in reader.tags:
        assert tag not in {"link", "iframe", "img", "object"}
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith("#")


def test_names_are_escaped(tmp_path):
    reader = read(example_results(title="<b>a & b</b>", task="<script>x</script>"), tmp_path)
    assert "<b>a & b</b>" in words(reader)
    assert ("b", {}) not in reader.tags
    assert sum(tag == "script" for tag, _ in reader.tags) == 4


def test_the_same_results_give_the_same_bytes(tmp_path):
    for name in ("a.html", "b.html"):
        write_page(example_results(), tmp_path / name)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


@pytest.mark.parametrize(
    "changes",
    [
        {"schedules": ("cosine",)},
        {"classes": None, "metric": Metric(name="error", higher_is_better=False)},
        {"schedules": tuple(f"cosine(floor=0.{i})" for i in range(1, 10)), "confirm_seeds": 10},
        {"schedules": ("constant", "constant+ema", "warmup(span=5%)+cosine+swa@muon(weight_decay=0.1)")},
        {"metric": Metric(name="rmse", higher_is_better=False), "classes": None, "confirm_seeds": 2},
    ],
    ids=["one schedule", "no classes", "many", "averages", "few seeds"],
)
def test_other_kinds_of_study_make_pages_too(tmp_path, changes):
    results = example_results(**changes)
    text = words(read(results, tmp_path))
    assert ("Paired differences" in text) == bool(results.claims)
    assert ("macro average" in text) == (results.rows[0].f1 is not None)


@pytest.mark.parametrize(
    "make",
    [all_diverged, own_loop_results, lambda results: all_diverged(own_loop_results(results))],
    ids=["all diverged", "own loop", "own loop, all diverged"],
)
def test_where_numbers_are_missing_words_stand(tmp_path, make):
    results = make(example_results())
    assert "diverged" in words(read(results, tmp_path))


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path):
    with pytest.raises(LabError, match=r"cannot write .*no/page.html.*name a file in a folder that exists"):
        write_page(example_results(), tmp_path / "no" / "page.html")
    (tmp_path / "page.html").write_text("old")
    with pytest.raises(AttributeError):
        write_page(None, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_an_edge_is_explained_where_there_is_one(tmp_path):
    results = example_results()
    assert "a better one may lie beyond" in words(read(results, tmp_path))
    inside = results.model_copy(
        update={"rows": tuple(row.model_copy(update={"at_edge": False}) for row in results.rows)}
    )
    assert "a better one may lie beyond" not in words(read(inside, tmp_path))


def test_the_leader_is_marked(tmp_path):
    results = example_results()
    write_page(results, tmp_path / "page.html")
    marked = re.findall(r">([^<]*)</bdi> <small>leader</small>", (tmp_path / "page.html").read_text(encoding="utf-8"))
    assert marked == [results.leader]


@pytest.mark.parametrize(
    ("names", "head"),
    [(["adamw"] * 3, "adamw"), (["adam", "adam"], "adam"), (["rmsprop", "adam", "adam"], "adam, rmsprop")],
)
def test_the_head_names_the_optimizers_that_were_used(tmp_path, names, head):
    text = words(read(with_optimizers(names), tmp_path))
    assert f"4 epochs · {head} " in text
    assert "optimizer.name" not in text  # of the settings: no trial had the study's own


def test_the_lines_to_paste_are_those_of_the_recommended_setting_with_its_optimizer(tmp_path):
    results = with_optimizers(["rmsprop", "adam", "adamw"])
    assert results.leader == "constant"  # the baseline, which others beat
    assert results.rows[0].label != "constant"
    lines = lines_to_paste(results)
    kind = {"cosine": "Adam(", "linear": "AdamW("}[results.rows[0].label]
    assert f"torch.optim.{kind}" in lines
    assert f"# {results.rows[0].label}, over" in lines
    reader = read(results, tmp_path)
    assert lines in "".join(reader.text)
    assert f"Use {results.rows[0].label} at peak 0.1" in words(reader)


def test_the_lines_are_the_leaders_where_nothing_beats_it(tmp_path):
    results = example_results(confirm_seeds=10)
    assert f"# {results.leader}, over 40 updates" in lines_to_paste(results)
    assert lines_to_paste(results) in "".join(read(results, tmp_path).text)


def test_a_loop_of_the_users_own_has_no_optimizer_that_lrlab_would_know(tmp_path):
    results = own_loop_results(example_results(confirm_seeds=10))
    lines, text = lines_to_paste(results), words(read(results, tmp_path))
    assert "torch.optim" not in lines
    assert f'scheduler = Scheduler(optimizer, "{results.leader}", updates=40)' in lines
    assert "# your optimizer, made with lr=0.1" in lines
    assert "4 epochs · a loop of your own" in text
    assert not re.search(r"optimizer\.name|batch_size|sgd", text.partition("As a study file")[0])
    assert "the loop, all that it does" in text
    assert "validation and test" not in text


def test_a_study_without_losses_has_no_column_and_no_panel_of_them(tmp_path):
    results = own_loop_results(example_results())
    assert not [heading for heading in table(results).header if "loss" in heading]
    assert list(curve_panels(results)) == ["Training accuracy (%)", "Validation accuracy (%)"]
    text = words(read(results, tmp_path))
    assert "1 trial that diverged gave no score." in text
    assert "As the optimizer saw them, with the first confirm seed." in text


def test_what_is_no_number_is_a_gap_in_a_picture(tmp_path):
    results = example_results(schedules=("constant", "cosine"))
    unknown = results.choices[0].model_copy(update={"scores": (None, *results.choices[0].scores[1:])})
    write_page(results.model_copy(update={"choices": (unknown, *results.choices[1:])}), tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    drawing = re.search(r'id="charts">(.*?)</script>', text)[1]

    def refuse(constant):
        raise AssertionError(constant)

    (panel,) = json.loads(drawing, parse_constant=refuse)["charts"]["peaks"]["panels"]
    assert panel["lines"][0]["y"][0] is None
    assert all(y is not None for y in panel["lines"][0]["y"][1:])


def test_where_no_trial_has_a_score_there_is_no_picture_of_peaks(tmp_path):
    results = own_loop_results(all_diverged(example_results()))
    text = words(read(results, tmp_path))
    assert "Validation score by peak" not in text
    assert "Nothing learned at these peaks" in text


NAMES = ["", "score", "loss", "Loss", "validation loss", "training loss", "[red]<b>err</b>", "$x^2$", "%{x}", "誤差"]


@pytest.mark.parametrize("name", NAMES)
def test_a_metric_of_any_name_makes_a_whole_page(tmp_path, name):
    results = example_results(metric=Metric(name=name, higher_is_better=False), classes=None)
    reader = read(results, tmp_path)
    assert len(curve_panels(results)) == 4
    assert (name or "score") in "".join(reader.text)
    assert ("b", {}) not in reader.tags


def test_a_metric_that_is_the_loss_has_no_panels_of_its_own(tmp_path):
    results = example_results(metric=Metric(name="loss", higher_is_better=False), classes=None)
    same = tuple(
        record.model_copy(update={"test": record.test.model_copy(update={"score": record.test.loss})})
        for record in results.confirmed
    )
    results = results.model_copy(update={"confirmed": same})
    assert list(curve_panels(results)) == ["Training loss", "Validation loss"]
    read(results, tmp_path)


def test_a_task_without_validation_data_has_no_empty_panels(tmp_path):
    results = with_optimizers(["adam", "adam"])
    unseen = tuple(
        record.model_copy(
            update={
                "validation": None,
                "epochs": tuple(
                    epoch.model_copy(update={"validation_loss": None, "validation_score": None})
                    for epoch in record.epochs
                ),
            }
        )
        for record in results.confirmed
    )
    results = results.model_copy(update={"confirmed": unseen})
    assert list(curve_panels(results)) == ["Training loss", "Training accuracy (%)"]
    read(results, tmp_path)


@pytest.mark.parametrize("which", [[0], [2], [0, 1, 2]])
def test_schedules_that_diverged_on_every_seed_say_so_in_place_of_a_score(tmp_path, which):
    results = example_results()
    gone = dict.fromkeys(("score", "low", "high", "precision", "recall", "f1", "loss"))
    rows = tuple(
        row.model_copy(update=gone | {"diverged": row.seeds} if place in which else {})
        for place, row in enumerate(results.rows)
    )
    results = results.model_copy(update={"rows": rows})
    text = words(read(results, tmp_path))
    assert len(re.findall("4 of 4(?! seeds)", text)) == len(which)
    leads = results.leader in labels_of(rows, which)
    assert ("4 of 4 seeds diverged. " in answer(results)) == (leads and len(which) < 3)
    assert answer(results).startswith("Nothing learned at these peaks, 0.03 to 0.3: 12 of 12 trials") == (
        len(which) == 3
    )
    cells = [row[2] for row in table(results).rows]
    assert [cell == "diverged" for cell in cells] == [place in which for place in range(3)]


def labels_of(rows, places):
    return {rows[place].label for place in places}


def test_a_study_whose_trials_all_diverged_has_a_page_without_learning_curves(tmp_path):
    results = all_diverged(example_results())
    reader = read(results, tmp_path)
    text = words(reader)
    assert "Nothing learned at these peaks" in text
    assert "Learning curves" not in text
    sections = [attributes["id"] for tag, attributes in reader.tags if tag == "section" and "id" in attributes]
    assert [name for name in sections if name in ("rates", "epochs", "peaks", "differences")] == [
        "rates",
        "peaks",
        "differences",
    ]
    links = {attributes["href"] for tag, attributes in reader.tags if tag == "a" and "href" in attributes}
    assert "#epochs" not in links


def test_a_study_without_rates_has_a_page_without_them(tmp_path):
    text = words(read(example_results().model_copy(update={"curves": ()}), tmp_path))
    assert "Learning rates" not in text
    assert "Learning curves" in text
