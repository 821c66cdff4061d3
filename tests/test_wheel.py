"""The project works from its wheel, with nothing but the wheel: no file of the checkout is needed."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src/skypact"

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints, run outside the checkout with no hint of where the checkout is."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment["NUMBA_CACHE_DIR"] = str(cwd / "numba")
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("skypact-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The commands folder of a fresh environment holding the wheel; libraries come from this environment."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    python = folder / "bin/python"
    run(
        *(sys.executable, "-m", "pip", "--python", python, "install", "-qq"),
        *("--no-deps", "--no-index", wheel),
        cwd=folder.parent,
    )
    # A line of a .pth file adds a folder without reading the .pth files in it: the checkout stays out.
    site = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    )
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.parent


def test_the_wheel_holds_every_file_of_the_package(wheel):
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "src/skypact"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    expected = {name.removeprefix("src/") for name in names if name and (ROOT / name).is_file()}
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if name.startswith("skypact/")}
    assert "skypact/py.typed" in expected
    assert held == expected


def test_the_commands_work_from_the_wheel(installed, tmp_path):
    origin = run(installed / "python", "-c", "import skypact; print(skypact.__file__)", cwd=tmp_path)
    assert Path(origin.strip()).is_relative_to(installed.parent)
    assert "Usage" in run(installed / "skypact", "--help", cwd=tmp_path)
    assert "gulf" in run(installed / "skypact", "scenarios", cwd=tmp_path)
