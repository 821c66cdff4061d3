"""`skypact catalogue`: the classes as a table, as an explanation of each value, and as a picture."""
