"""What the shell is offered when a word is completed."""

from __future__ import annotations

from pathlib import Path

import typer


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


def combination(incomplete: str) -> list[str]:
    """Methods of fusion."""
    from skypact.model.codes import Combination

    return [name for method in Combination if (name := method.name.lower()).startswith(incomplete)]


def level(incomplete: str) -> list[str]:
    """Levels that every scenario has, and the beginnings of those that name a nation."""
    from skypact.scenario.level import BASES

    return [name for name in (*BASES, "hub:", "without:") if name.startswith(incomplete)]


def content(incomplete: str) -> list[str]:
    """Contents that one nation may release to another."""
    from skypact.model.codes import Content

    names = [kind.name.lower() for kind in list(Content)[1:]]
    return [name for name in names if name.startswith(incomplete)]


def nation(context: typer.Context, incomplete: str) -> list[str]:
    """Codes of the nations of the scenario that the command names; of `gulf` where it names none that can be read."""
    from skypact.run.library import nations_of

    names = nations_of(str(context.params.get("name_or_file") or "gulf"))
    return [name for name in names if name.startswith(incomplete.upper())]
