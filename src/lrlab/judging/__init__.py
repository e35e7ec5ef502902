"""Verdicts on runs made anywhere, paired by seed where seeds are shared, else not. No torch."""
