"""What columns are usually called, and which of them is meant by a name."""

import re
from collections.abc import Iterable, Sequence

from ..errors import RunsError, UnknownName
from ._direction import list_words, split_words

ARMS = list_words("""
arm arms arm_name label method methods variant condition treatment group schedule lr_schedule scheduler lr_scheduler
lr_scheduler_type schedule_name algorithm algo system approach setting strategy policy optimizer optim architecture arch
model model_name agent technique learner configuration
""")
RUNS = list_words("""
run run_name run_id run_uuid runname name id display_name trial_id trial_name experiment_name exp exp_name experiment
key runid version mlflow_run_name experiment_key
""")
REPEATS = list_words(
    "rep reps repeat repeats replicate replication repetition replica run_number run_idx run_index trial restart number"
)
SEEDS = list_words("seed seeds random_state rng fold cv_fold")
STEPS = list_words("""
step global_step trainer_global_step train_global_step steps iteration iter it num_updates update timestep timesteps
num_timesteps env_step batch epoch epochs tokens samples examples training_iteration timesteps_total total_timesteps
""")
METRICS = list_words("metric metrics metric_name measure variable key tag measurement")
VALUES = list_words("value values metric_value val result score")
SETTINGS = list_words("""
lr learning_rate peak peak_lr base_lr max_lr init_lr initial_lr min_lr weight_decay wd momentum batch_size bs epochs
num_epochs max_epochs num_train_epochs steps max_steps num_steps total_steps updates updates_per_epoch warmup
warmup_steps warmup_ratio warmup_epochs dropout width depth hidden hidden_size layers n_layers num_layers num_params
n_params params parameters beta1 beta2 eps epsilon gamma budget n_train train_size rank heads num_heads seq_len
context_length label_smoothing clip grad_clip workers num_workers
""")
BOOKKEEPING = list_words("""
timestamp runtime created created_at updated start_time end_time finished wall_time walltime date datetime hostname host
user notes tags commit sweep status state artifact_uri experiment_id lifecycle_stage source total_flos grad_norm
gradnorm index unnamed url path dir logdir entity project device machine python torch numpy heartbeat job_type username
agent_id elapsed relative_time relative_time_process trainable best_epoch n count num_samples updated_at
time_total_s time_this_iter_s iterations_since_restore time_since_restore done duration threads stack diverged
""")
SUMMARIES = list_words("mean avg average median std sd stdev stddev sem se var min max best ci ci95 total")
SPLITS = {"test": 0, "eval": 1, "val": 1, "valid": 1, "validation": 1, "dev": 1, "train": 3, "training": 3}
PREFIX = re.compile(
    r"^((config|configs|params|param|tags|tag|metrics|metric|summary|hparams|hparam|hp|data|runs?|time|_)[./]|(params|user_attrs|hparams)_(?=.))",
    re.IGNORECASE,
)
PLAIN_SPLIT = 2


def plain_name(name: str) -> str:
    """A column's name as the lists above have it.

    >>> plain_name("params.LR Schedule"), plain_name("_step"), plain_name("trainer/global_step")
    ('lr_schedule', 'step', 'trainer_global_step')
    """
    bare = PREFIX.sub("", name.strip())
    bare = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", bare).lower()
    return re.sub(r"[\W_]+", "_", bare).strip("_")


def is_setting(name: str) -> bool:
    """Whether a column is what a run was told, not what it measured."""
    return (
        bool(re.match(r"(config|configs|params|param|hparams|hp)[./]|params_.", name)) or plain_name(name) in SETTINGS
    )


def is_bookkeeping(name: str) -> bool:
    """Whether a column says when, where and by whom, or how fast."""
    plain = plain_name(name)
    ends = ("_per_second", "_runtime", "_seconds", "_time", "_uri", "_at", "_url", "_dir", "_path")
    starts = ("unnamed", "mlflow", "gpu", "cpu", "system_", "wandb", "datetime")
    return (
        bool(re.fullmatch(r"lr_([a-z_]+|(.+_)?pg_?\d+)", plain))
        or name.startswith("time/")  # of Stable-Baselines3
        or plain in BOOKKEEPING
        or plain.endswith(ends)
        or plain.startswith(starts)
    )


def is_seed(name: str) -> bool:
    """Whether a column is called like a seed."""
    plain = plain_name(name)
    return plain in SEEDS or plain.endswith("_seed") or plain.startswith("seed_everything")


def is_key(name: str) -> bool:
    """Whether a column is called like one that tells runs or their steps apart."""
    return is_seed(name) or plain_name(name) in (*STEPS, *REPEATS, *RUNS)


def split_of(name: str) -> int:
    """Of which data a metric is, by its name: 0 test, 1 validation, 2 not said, 3 training."""
    return min((SPLITS[word] for word in split_words(name) if word in SPLITS), default=PLAIN_SPLIT)


def find_column(asked: str, columns: Sequence[str], option: str) -> str:
    """The column that a name means: the same name, or the only one that is the same except for case, signs and prefix.

    Raises UnknownName, and RunsError where several are meant.
    """
    if asked in columns:
        return asked
    ways = [
        [name for name in columns if re.sub(r"\W+", "_", name).lower() == re.sub(r"\W+", "_", asked).lower()],
        [name for name in columns if plain_name(name) == plain_name(asked)],
        [name for name in columns if " ".join(split_words(name)) == " ".join(split_words(asked))],
    ]
    for found in ways:
        if len(found) > 1:
            raise RunsError(f"{asked!r} may be {list_names(found)}; write {option} {write_option(found[0])}")
        if found:
            return found[0]
    raise UnknownName("column", asked, columns)


def write_option(name: str) -> str:
    """A name as it is typed after an option.

    >>> write_option("test_acc"), write_option("val acc")
    ('test_acc', '"val acc"')
    """
    return name if re.fullmatch(r"[\w./,:=+-]+", name) else f'"{name}"'


def list_names(names: Iterable[str], most: int = 8) -> str:
    """Names in a sentence.

    >>> list_names(["a", "b", "c"])
    '`a`, `b` and `c`'
    """
    shown = [f"`{name}`" for name in names]
    if len(shown) > most:
        shown = [*shown[: most - 1], f"{len(shown) - most + 1} more"]
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))
