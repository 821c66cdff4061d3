"""Benchmarks: each against a peer in the same process where there is one."""
