"""`skypact policy`: a policy in words, as a matrix, and beside another."""
