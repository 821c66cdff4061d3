"""The imperative shell: reads what is needed, wires the rooms together, runs them in order, keeps the record."""
