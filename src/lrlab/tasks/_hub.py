"""Data sets from the Hugging Face hub. Loads huggingface_hub when called."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from ..errors import TaskError
from ._decode import import_extra
from ._folder import DataFiles, data_files

CONVERTED = "refs/convert/parquet"  # the branch to which the hub converts data sets that are not parquet themselves


@lru_cache(maxsize=8)
def fetch(repository: str) -> DataFiles:
    """The parquet files of a data set `owner/name`, downloaded or from the hub's own cache.

    Raises TaskError where there is no such set, no way to it, or no training data in it.
    """
    download = import_extra("huggingface_hub").snapshot_download
    try:
        return data_files(_download(download, repository, None))
    except TaskError as error:
        try:
            return data_files(_download(download, repository, CONVERTED))
        except TaskError:
            raise error from None


def _download(download: Callable[..., str], repository: str, revision: str | None) -> Path:
    try:
        folder = download(repo_id=repository, repo_type="dataset", allow_patterns="*.parquet", revision=revision)
    except Exception as error:  # of the hub, of the network, of the disk
        first = str(error).strip().partition("\n")[0]
        raise TaskError(
            f"{repository} cannot be fetched from the Hugging Face hub: {type(error).__name__}: {first}; check "
            "the name and the network, or put its parquet files into a sub-folder of the data folder and name that"
        ) from error
    return Path(folder)
