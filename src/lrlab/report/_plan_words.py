"""What is about to run, in words: the trials of a study, and how this machine trains them."""

from ..spec import LAYOUT_KINDS, Setup, Study, counted, duration, spoken, training_words


def plan_sentence(study: Study, *, stored: int, missing: int, seconds: float | None, setup: Setup | None) -> str:
    """What is about to run and how long it will take.

    stored: the trials that were done before. missing: those still to run. seconds: how long these take; None: not
    known. setup: how they are run; None: not known.

    >>> from lrlab.spec import make_study
    >>> study = make_study(
    ...     {
    ...         "name": "mine",
    ...         "task": "digits/mlp",
    ...         "schedules": ["constant", "cosine"],
    ...         "budget": "4 epochs",
    ...         "tune": {"peaks": [0.1, 0.3], "seeds": 1},
    ...         "confirm": {"seeds": 3},
    ...     }
    ... )
    >>> sentence = plan_sentence(study, stored=0, missing=10, seconds=75, setup=Setup(layout="loop"))
    >>> for part in sentence.split(": "):
    ...     print(part)
    digits/mlp
    2 schedules x 2 peaks x 1 seed to tune, then 3 fresh seeds each
    10 trials of 4 epochs; about 1 min 15 s on 1 process.
    """
    arms = counted(len(study.labels), "arm" if study.arms else "schedule")
    fresh = "fresh seed" if study.tuning_trials else "seed"
    looks = _look_words(study)
    shared = "" if setup is None or LAYOUT_KINDS[setup.layout].plain else training_words(study)
    shape = (
        f"{study.task}: {arms}{f'{_tuning_grid(study)} to tune, then' if study.tuning_trials else ','} "
        f"{'up to ' * bool(looks)}{counted(len(study.confirm.seeds), fresh)} each{looks}: "
        f"{'at most ' * bool(looks)}{counted(study.planned_trials, 'trial')}{shared} of {spoken(study.budget)}"
    )
    if not missing:
        needed = "" if stored == study.planned_trials else " that were needed"  # grids grow, halving and looks stop
        return f"{shape}. All {stored}{needed} are done: nothing is run twice."
    before = f", {stored} of them done before" if stored else ""
    if seconds is None or setup is None:
        return f"{shape}{before}."
    return f"{shape}{before}; about {duration(seconds)} {setup_words(setup)}."


def _look_words(study: Study) -> str:
    """At which seeds questions may be decided; "" where all seeds are looked at once."""
    looks = study.confirm.looks
    if looks is None or len(looks) < 2:
        return ""
    return f", looked at after {', '.join(map(str, looks[:-1]))} and {looks[-1]}; decided questions train no further"


def _tuning_grid(study: Study) -> str:
    """What each schedule or arm is tried with: peaks or candidates, and seeds."""
    seeds = counted(len(study.tune.seeds), "seed")
    if study.tune.search:
        return f" x {counted(max(study.tuned_settings), 'point')} ({study.tune.search.sampler}) x {seeds}"
    if study.arms:
        return f", {counted(sum(study.tuned_settings), 'candidate')} x {seeds}"
    return f" x {counted(len(study.tune.peaks), 'peak')} x {seeds}"


def setup_words(setup: Setup) -> str:
    """How trials are run.

    >>> setup_words(Setup(layout="grouped", size=16, processes=2, ratio=4.26))
    'on 2 processes, 16 trials stacked in each, 4.3 times as fast as one by one'
    >>> setup_words(Setup(layout="lanes", size=16, processes=2, ratio=21.0))
    'on 2 processes, 16 trials in lanes in each, 21.0 times as fast as one by one'
    """
    threads = f" of {setup.threads} threads" if setup.threads > 1 else ""
    words = f"on {counted(setup.processes, 'process', 'processes')}{threads}"
    if setup.size == 1 and not LAYOUT_KINDS[setup.layout].own_threads:
        return words
    trials = f"{counted(setup.size, 'trial')} {'in lanes' if setup.layout == 'lanes' else 'stacked'}"
    against = "one by one" if setup.size > 1 else "in torch"
    return f"{words}, {trials} in each, {setup.ratio or 1:.1f} times as fast as {against}"
