"""The small studies behind docs/choose.md."""
