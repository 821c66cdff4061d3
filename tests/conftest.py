"""What every test shares: where real recordings are, which browser, where compiled kernels are kept."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
_NO_DATA = "real data not found"
_NEEDS = {"real_data": "real_data", "chromium": "browser"}  # fixture -> marker


def _kernel_cache() -> Path:
    """A cache folder for the kernels as they are now.

    Numba recompiles a kernel when its own file changes but not when a kernel that it calls from another file
    does, so a cache that outlives an edit could test code that no longer exists.
    """
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted((ROOT / "src/skypact/kernels").rglob("*.py")):
        digest.update(path.read_bytes())
    parent = ROOT / ".cache/numba"
    folder = parent / digest.hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    for old in sorted(parent.iterdir(), key=lambda entry: entry.stat().st_mtime)[:-4]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


os.environ.setdefault("NUMBA_CACHE_DIR", str(_kernel_cache()))

settings.register_profile("skypact", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("skypact")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that uses real recordings or a browser, so that `-m "not real_data"` leaves it out."""
    for item in items:
        for fixture, marker in _NEEDS.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Give the skips for want of real data one place, so that the summary counts them in one line."""
    if report.skipped and isinstance(report.longrepr, tuple) and _NO_DATA in report.longrepr[2]:
        reason = report.longrepr[2].removeprefix("Skipped: ")
        report.longrepr = (str(ROOT / "tests"), None, reason)  # type: ignore[assignment]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real recordings; tests that need it are skipped, or fail where it is required."""
    folder = Path(os.environ.get("SKYPACT_REAL_DATA", ROOT.parent / "shared/data"))
    if not folder.is_dir():
        missing = f"{_NO_DATA} at {folder}, set SKYPACT_REAL_DATA"
        if os.environ.get("SKYPACT_REQUIRE_REAL_DATA"):
            pytest.fail(f"{missing} (SKYPACT_REQUIRE_REAL_DATA makes this a failure)", pytrace=False)
        pytest.skip(missing)
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's Chromium, for Playwright's `executable_path` with `--no-sandbox`."""
    names = (os.environ.get("SKYPACT_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("no Chromium found: apt-get install chromium, or set SKYPACT_CHROMIUM", pytrace=False)
    return found


@pytest.fixture(scope="session")
def tshark() -> str:
    """The path of tshark, Wireshark without a window: it knows the formats that Skypact reads."""
    found = shutil.which("tshark")
    if found is None:
        pytest.fail("no tshark found: apt-get install tshark", pytrace=False)
    return found
