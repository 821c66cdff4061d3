"""The kernels are plain Python underneath: their twins agree with them without the compiler too."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
def test_every_naive_twin_agrees_with_its_kernel_with_the_compiler_switched_off() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/naive"],
        cwd=ROOT,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed.group(1)) >= 40
