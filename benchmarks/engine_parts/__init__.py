"""What `benchmarks/engine.py` times: the cases, the loops, and the frame that runs them side by side."""
