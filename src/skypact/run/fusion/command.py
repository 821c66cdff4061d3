"""What the command line asks of the study: methods by name, and a file of the results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from skypact.errors import UsageError
from skypact.model.codes import Combination
from skypact.run.fusion.study import FusionStudy
from skypact.run.fusion.table import to_json

NAMES = {method.name.lower(): method for method in Combination}


def methods_named(names: Sequence[str]) -> tuple[Combination, ...]:
    """The methods of these names, each once, in their order; all where none is named.

    Raises:
        UsageError: a name is none; all such names are told.
    """
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise UsageError(
            f"--method {' '.join(unknown)}", "no such method of fusion", f"Choose from {', '.join(NAMES)}."
        )
    return tuple(dict.fromkeys(NAMES[name] for name in names)) or tuple(Combination)


def write_study(found: FusionStudy, path: Path) -> None:
    """Write everything as JSON, folders made where they lack.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(to_json(found) + "\n", encoding="utf-8")
    except OSError as fault:
        raise UsageError(
            f"--out {path}", f"cannot be written ({fault.strerror})", "Choose another file."
        ) from fault
