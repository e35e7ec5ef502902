"""The parts of `benchmarks/evidence.py`, each measured by itself: `measure(bank, quick)`."""
