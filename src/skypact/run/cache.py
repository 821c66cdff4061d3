"""Where compiled kernels are kept: a folder named by what the kernels now say.

Numba compiles a kernel anew when its own file changes, but not when one that it calls from another file does. So
the folder's name is the digest of all kernels; a changed program never runs old code.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

KEPT = 3
"""Folders of older versions that stay."""


def use_kernel_cache() -> None:
    """Point numba at the folder of the present kernels; to be called before a kernel is imported.

    The folder lies in the environment that the program is installed in, or, where that cannot be written, in the
    user's cache. `NUMBA_CACHE_DIR`, where set, is left alone.
    """
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    digest = hashlib.blake2b(f"{sys.version} {version('numba')}".encode(), digest_size=8)
    for text in _sources(files("skypact").joinpath("kernels")):
        digest.update(text)
    for parent in (Path(sys.prefix) / "var" / "skypact", Path.home() / ".cache" / "skypact"):
        folder = parent / f"kernels-{digest.hexdigest()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            os.environ["NUMBA_CACHE_DIR"] = str(folder)
            _forget_old(parent)
            return


def _sources(folder: Traversable) -> Iterator[bytes]:
    """What the modules of a folder and of the folders in it say, in the order of their names."""
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.name.endswith(".py"):
            yield item.read_bytes()
        elif item.is_dir() and item.name != "__pycache__":
            yield from _sources(item)


def _forget_old(parent: Path) -> None:
    """Remove the folders of older kernels, but for the latest few."""
    old = sorted(parent.glob("kernels-*"), key=lambda folder: folder.stat().st_mtime)[:-KEPT]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
