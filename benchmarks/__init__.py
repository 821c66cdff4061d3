"""Measurements, each beside a peer where there is one: `make bench`."""

from skypact.run.cache import use_kernel_cache

use_kernel_cache()
