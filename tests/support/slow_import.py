"""A module that takes a second to import, as a heavy library does."""

import time

time.sleep(1.0)
