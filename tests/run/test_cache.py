"""The cache of compiled kernels is named by all that they say."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from skypact.run.cache import _sources


def test_an_edit_in_any_folder_of_kernels_is_seen(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.py").write_text("A = 1\n")
    (tmp_path / "deep/b.py").write_text("B = 1\n")
    (tmp_path / "notes.txt").write_text("nothing that is compiled\n")
    assert b"".join(_sources(tmp_path)) == b"A = 1\nB = 1\n"
    (tmp_path / "deep/b.py").write_text("B = 2\n")
    assert b"".join(_sources(tmp_path)) == b"A = 1\nB = 2\n"


def test_every_kernel_file_of_the_program_counts() -> None:
    kernels = files("skypact").joinpath("kernels")
    assert len(list(_sources(kernels))) == len(list(Path(str(kernels)).rglob("*.py")))
