"""Verdicts on runs made anywhere, paired by seed where seeds are shared, else not. No torch."""

from ._judge import judge_runs as judge_runs
from ._options import JudgeOptions as JudgeOptions

__all__ = ["JudgeOptions", "judge_runs"]
