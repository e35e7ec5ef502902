"""Verdicts on runs made anywhere, paired by seed where seeds are shared, else not. No torch."""

from ._judge import final_values as final_values
from ._judge import judge_runs as judge_runs
from ._options import JudgeOptions as JudgeOptions

__all__ = ["JudgeOptions", "final_values", "judge_runs"]
