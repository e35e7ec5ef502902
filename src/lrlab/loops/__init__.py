"""A training loop of the user's own as a trial: what it is handed, what it reports, how it is run. No torch."""
