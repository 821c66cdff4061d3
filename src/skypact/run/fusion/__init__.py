"""Every method of fusion on the same tracks, beside truth."""
