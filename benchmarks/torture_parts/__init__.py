"""Parts of `torture.py`: faults, a process from which runs are forked, what is compared after them."""
