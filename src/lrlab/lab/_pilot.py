"""A pilot: few trainings that tell how far paired differences spread, before a study is planned."""

from ..spec import Study, make_study

PILOT_SEEDS = tuple(range(700, 708))  # neither those of tuning nor those of confirming


def pilot_study(draft: Study) -> Study:
    """The draft's schedules at the middle of its peaks, on 8 seeds of their own, nothing tuned."""
    middles = {label: sorted(draft.grid_of(label))[len(draft.grid_of(label)) // 2] for label in draft.labels}
    arms = [
        {"label": label, "candidates": [draft.candidate_of(label, peak).to_dict()]} for label, peak in middles.items()
    ]
    return make_study(
        {
            "name": f"pilot-{draft.name}"[:80],
            "task": draft.task,
            "arms": arms,
            "optimizer": draft.optimizer.to_dict(),
            "batch_size": draft.batch_size,
            "budget": draft.budget,
            "confirm": {"seeds": list(PILOT_SEEDS)},
        }
    )
