"""Contracts that plug-ins can run: inherit one in a test, provide the fixture it names, and pytest checks it."""
