"""Short trainings on the user's own model, optimizer and loader, all of which are restored bit for bit."""

from ._run import LiveRun as LiveRun
from ._run import live_run as live_run

__all__ = ["LiveRun", "live_run"]
