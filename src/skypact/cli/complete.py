"""What the shell is offered when a word is completed."""

from __future__ import annotations

from pathlib import Path


def scenario(incomplete: str) -> list[str]:
    """Built-in scenarios, and YAML files of the folder."""
    from skypact.run.library import builtin_names

    names = [*builtin_names(), *(str(path) for path in Path().glob("*.yaml"))]
    return [name for name in names if name.startswith(incomplete)]


def run(incomplete: str) -> list[str]:
    """Run folders."""
    return [str(path) for path in Path("skypact-runs").glob("*") if str(path).startswith(incomplete)]


def recording(incomplete: str) -> list[str]:
    """Files that may be recordings of ASTERIX, in the folder and below."""
    kinds = (".pcap", ".pcapng", ".cap", ".ast", ".asterix", ".bin", ".raw")
    names = sorted(str(path) for path in Path().glob("**/*") if path.suffix in kinds)
    return [name for name in names if name.startswith(incomplete)]


def catalogue_class(incomplete: str) -> list[str]:
    """Classes of the catalogue."""
    from skypact.run.library import load_catalogue

    catalogue = load_catalogue()
    names = (*catalogue.sensors, *catalogue.interceptors, *catalogue.threats)
    return [name for name in names if name.startswith(incomplete)]
