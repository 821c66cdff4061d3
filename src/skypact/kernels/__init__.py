"""Numba kernels: arrays in, arrays and a status out. No room, file, clock or object is known here."""
