"""The trackers of a scenario beside its truth."""
