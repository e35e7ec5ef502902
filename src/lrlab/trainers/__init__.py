"""Schedules and reports for the trainers people use: Lightning, transformers, Keras, optax; loaded when used."""
