"""Commands that look things up, as they are typed."""

from __future__ import annotations

import subprocess
import sys

SKYPACT = [sys.executable, "-c", "from skypact.cli import main; main()"]


def test_a_picture_is_refused_where_nothing_is_drawn(tmp_path):
    command = [*SKYPACT, "catalogue", "search_radar", "--out", "x.png"]
    found = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert found.returncode == 2
    assert "--plot" in found.stderr
    assert not list(tmp_path.iterdir())
