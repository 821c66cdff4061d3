"""Where a scenario's radars see what: maps by height, vertical diagrams, areas, and pictures of one class."""
