"""One thread for each process of the tests: two busy processes of two threads on two cores are several times slower."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
