"""Contracts and examples, for this project's own tests and for plug-ins."""
