"""Add the trials that a card trained to the kept results.

    LRLAB_DATA=FOLDER python benchmarks/card_parts/merge.py OUT

OUT: what `card.sh` left. Trials of the published studies go into `results/`, with tables and figures again; their
predictions stay in OUT/records.db. Refused, by name: records of another protocol, or of data that are not those here.
"""

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lrlab.lab import open_task
from lrlab.publications import PUBLICATIONS, find_publication
from lrlab.publications._kept import kept_folder, read_kept
from lrlab.publications._kept_results import kept_results
from lrlab.publications._kept_tables import records_hash, write_tables
from lrlab.publications._publication import Publication
from lrlab.publications._run import keep_records, open_publication
from lrlab.spec import PROTOCOL, Record
from lrlab.store import Store

STUDIES = ("googlenet-schedules", "decay-curves")


def merge(out: Path, results: Path, studies: tuple[str, ...] = STUDIES, scale: str = "full") -> Iterator[str]:
    """Merge study by study; what was done, in words. Raises SystemExit where the records are none of these studies."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copy(out / "records.db", Path(folder) / "records.db"))
        with Store(copy, write=True) as store:
            for name in studies:
                yield _merge_study(find_publication(name, scale), store, results)


def _merge_study(publication: Publication, store: Store, results: Path) -> str:
    _refuse_strangers(publication, list(store.get(store.record_keys()).values()))
    folder = kept_folder(results, publication)
    before = records_hash(folder)
    opened = open_publication(publication, folder, store)
    keep_records(opened, store)
    answered = kept_results(publication, folder)
    if answered is None:
        return f"{publication.name}: nothing of it was trained"
    write_tables(answered, folder, before)
    kept = read_kept(folder, publication)
    return f"{publication.name}: {0 if kept is None else len(kept.records)} trials are kept in {folder}"


def _refuse_strangers(publication: Publication, records: list[Record]) -> None:
    """Raise SystemExit where records of its tasks are of another protocol, or of other data than is here."""
    data = {part.task: open_task(part.task).data for part in publication.parts}
    for record in records:
        trial = record.trial
        if trial.task not in data:
            continue
        if trial.protocol != PROTOCOL:
            raise SystemExit(
                f"trial {trial.key} of {trial.task} was measured by protocol {trial.protocol}, this lrlab measures by "
                f"{PROTOCOL}; run card.sh of this version"
            )
        if trial.data != data[trial.task]:
            raise SystemExit(
                f"trial {trial.key} of {trial.task} was trained on data {trial.data}, here they are "
                f"{data[trial.task]}; name the folder that it was trained on by LRLAB_DATA, and the same pillow"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the folder that card.sh wrote into")
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--studies", nargs="+", choices=sorted(PUBLICATIONS), default=list(STUDIES))
    parser.add_argument("--scale", default="full")
    given = parser.parse_args()
    if not (given.out / "records.db").is_file():
        raise SystemExit(f"{given.out} holds no records.db: name the folder that card.sh wrote into")
    for line in merge(given.out, given.results, tuple(given.studies), given.scale):
        print(line)


if __name__ == "__main__":
    main()
