"""The parts of `benchmarks/find.py`: what is trained, how, and the rules of other libraries."""
