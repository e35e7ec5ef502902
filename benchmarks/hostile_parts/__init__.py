"""Parts of `hostile.py`."""
