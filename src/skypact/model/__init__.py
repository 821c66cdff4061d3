"""Every frozen noun that the rooms exchange, and the column schemas of what is recorded."""
