"""The folder of a campaign: opened or resumed, filled with whole runs, read back and verified.

    manifest.json, scenario.yaml
    shards/run-00003/{events,objects,truth,pictures,holders,tracks,parameters}.parquet, digest

A shard appears under its name only when every file of it is on the disk: files are written to a folder of
another name, flushed, and that folder is renamed. A process that dies at any moment leaves finished runs and at
most some `.part-*` folders, which the next `open_run` removes.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import zip_longest
from pathlib import Path
from types import TracebackType
from typing import Self

from skypact.errors import RecordError
from skypact.model.manifest import Manifest
from skypact.model.record import OPTIONAL, TABLES, Columns, empty
from skypact.record.digest import combined_digest, run_digest
from skypact.record.manifest import manifest_from_json, manifest_to_json
from skypact.record.shard import ShardError, decode, encode

_MANIFEST, _SCENARIO, _SHARDS, _LOCK, _DIGEST = "manifest.json", "scenario.yaml", "shards", ".lock", "digest"
_PART = ".part-"
_TITLES = {
    "schema_version": "schema version",
    "version": "program version",
    "scenario": "scenario",
    "seed": "seed",
    "levels": "levels",
    "treatments": "treatments",
    "uncertain": "drawing of parameters",
}


@dataclass(frozen=True)
class RunFolder:
    """An open campaign folder, held against other commands until closed (or until the process ends)."""

    path: Path
    manifest: Manifest
    lock: int
    """Descriptor of the locked file."""

    def close(self) -> None:
        """Let another command open the folder."""
        os.close(self.lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_run(folder: Path, manifest: Manifest, scenario_text: str) -> RunFolder:
    """The folder, made new or resumed; what an interrupted command left half written is removed.

    More runs than before extend the campaign; fewer leave it as it is.

    Args:
        folder: made where it does not exist.
        manifest: what is asked now.
        scenario_text: the scenario file as it is now.

    Raises:
        RecordError: the folder holds other files, belongs to another scenario, seed, version, levels, treatments or
            drawing of parameters, or another command is writing to it.
    """
    known = (folder / _MANIFEST).exists()
    if not known and folder.exists() and _foreign(folder):
        raise RecordError(
            str(folder), "the folder holds files that are not a record", "Choose another folder"
        )
    try:
        (folder / _SHARDS).mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise RecordError(
            str(folder), f"the folder cannot be made ({fault.strerror})", "Choose another folder"
        ) from fault
    lock = _locked(folder)
    try:
        if known:
            old = read_manifest(folder)
            _refuse_another(folder, old, manifest, scenario_text)
            manifest = replace(manifest, runs=max(old.runs, manifest.runs))
        else:
            old = None
            _write_atomically(folder / _SCENARIO, scenario_text.encode())
        if manifest != old:
            _write_atomically(folder / _MANIFEST, manifest_to_json(manifest).encode())
        for part in (folder / _SHARDS).glob(_PART + "*"):
            shutil.rmtree(part)
        for part in folder.glob(_PART + "*"):
            part.unlink()
    except BaseException:
        os.close(lock)
        raise
    return RunFolder(folder, manifest, lock)


def _foreign(folder: Path) -> bool:
    """Whether the folder holds anything that an interrupted first command would not have left."""
    ours = {_SHARDS, _LOCK, _SCENARIO}
    entries = [entry.name for entry in folder.iterdir()] if folder.is_dir() else [folder.name]
    return any(name not in ours and not name.startswith(_PART) for name in entries)


def _locked(folder: Path) -> int:
    """The descriptor of the folder's lock file, held by this process alone (forked workers do not inherit it)."""
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as fault:
        os.close(descriptor)
        raise RecordError(
            str(folder),
            "another command is writing to it",
            "Wait until it has ended, or choose another folder",
        ) from fault
    return descriptor


def _refuse_another(folder: Path, old: Manifest, new: Manifest, scenario_text: str) -> None:
    """Raise RecordError where the folder belongs to another campaign than the one asked for."""
    differing = [
        f"{title} was {_shown(getattr(old, name))}, now {_shown(getattr(new, name))}"
        for name, title in _TITLES.items()
        if getattr(old, name) != getattr(new, name)
    ]
    kept = read_scenario(folder)
    if kept != scenario_text:
        lines = zip_longest(kept.splitlines(), scenario_text.splitlines())
        at = next((n for n, (a, b) in enumerate(lines, start=1) if a != b), 1)
        differing.append(f"the scenario's text differs from line {at}")
    if not differing:
        rest_old, rest_new = asdict(replace(old, runs=0)), asdict(replace(new, runs=0))
        differing = [f"{name} differ" for name in rest_old if rest_old[name] != rest_new[name]]
    if differing:
        raise RecordError(
            str(folder),
            "it belongs to another campaign: " + "; ".join(differing),
            f"Choose another folder, or resume with {folder / _SCENARIO} and the settings above",
        )


def _shown(value: object) -> str:
    """A manifest value as a reader would write it."""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def write_shard(folder: Path, run: int, tables: Mapping[str, Columns]) -> str:
    """The digest (hex) of the run, whose tables are then on the disk, whole and flushed.

    Where the run is finished already nothing is written and the digest kept there is returned. Several
    processes may write different runs at once.

    Args:
        folder: an opened campaign folder.
        run: the run's number.
        tables: by name; a table that is absent is written empty, an optional one that is empty not at all.

    Raises:
        RecordError: a table does not fit its schema, or the disk refuses.
    """
    target = _shard(folder, run)
    if target.exists():
        return _stored_digest(folder, run)
    try:
        contents = {
            name: encode(name, tables.get(name) or empty(TABLES[name], 0))
            for name in TABLES
            if name not in OPTIONAL or (name in tables and len(tables[name]["run"]))
        }
    except ShardError as fault:
        raise RecordError(str(target), str(fault), "This is a defect of the program: report it") from fault
    digest = run_digest(tables)
    part = target.with_name(f"{_PART}{target.name}-{os.getpid()}")
    try:
        part.mkdir(parents=True)
        for name, content in contents.items():
            _write_flushed(part / f"{name}.parquet", content)
        _write_flushed(part / _DIGEST, digest.encode())
        _flush_folder(part)
        part.rename(target)
        _flush_folder(target.parent)
    except OSError as fault:
        shutil.rmtree(part, ignore_errors=True)
        raise RecordError(
            str(target),
            f"the run cannot be written ({fault.strerror})",
            "Free space or choose another folder, then resume",
        ) from fault
    return digest


def finished_runs(folder: Path) -> list[int]:
    """The numbers of the runs whose shard is whole, rising."""
    shards = folder / _SHARDS
    names = [entry.name for entry in shards.iterdir()] if shards.is_dir() else []
    return sorted(int(name[4:]) for name in names if name.startswith("run-") and name[4:].isdigit())


def read_shard(folder: Path, run: int, tables: Iterable[str] | None = None) -> dict[str, Columns]:
    """The tables of a finished run by name (all where none are named), rows in canonical order.

    Raises:
        RecordError: the run is not there, or a file of it is missing, cut or damaged.
    """
    shard = _shard(folder, run)
    if not shard.is_dir():
        done = finished_runs(folder)
        found = f"it has {len(done)} finished runs" + (f", {done[0]} to {done[-1]}" if done else "")
        raise RecordError(
            str(folder), f"run {run} is not in it: {found}", "Ask for one of these, or resume the campaign"
        )
    return {
        name: _read_table(shard / f"{name}.parquet", name) for name in (TABLES if tables is None else tables)
    }


def _read_table(path: Path, name: str) -> Columns:
    """The table a file holds; an optional one without a file is empty."""
    if name in OPTIONAL and not path.exists():
        return empty(TABLES[name], 0)
    try:
        return decode(name, path.read_bytes())
    except (ShardError, OSError) as fault:
        found = fault.strerror if isinstance(fault, OSError) else str(fault)
        raise RecordError(str(path), f"the file cannot be read: {found}", _remedy(path.parent)) from fault


def _remedy(shard: Path) -> str:
    """What to do about a damaged shard."""
    return f"Delete the folder {shard} and give the same command again: this run alone is computed anew"


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a campaign folder.

    Raises:
        RecordError: the folder has none, or it cannot be read.
    """
    path = folder / _MANIFEST
    try:
        return manifest_from_json(path.read_text("utf-8"))
    except OSError as fault:
        raise RecordError(
            str(folder),
            f"there is no readable {_MANIFEST} in it ({fault.strerror})",
            "Name the folder of a campaign",
        ) from fault
    except ValueError as fault:
        raise RecordError(
            str(path),
            f"the file cannot be read: {fault}",
            "Use the program version that wrote it, or another folder",
        ) from fault


def read_scenario(folder: Path) -> str:
    """The text of the scenario as it was run.

    Raises:
        RecordError: the folder has none.
    """
    try:
        return (folder / _SCENARIO).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise RecordError(
            str(folder), f"there is no readable {_SCENARIO} in it", "Name the folder of a campaign"
        ) from fault


def record_hash(folder: Path) -> str:
    """The hash (hex) of a record: of schema version and the finished runs' digests, in the order of their numbers.

    It uses the digests kept when the runs were written; `verify` computes them again from the tables.

    Raises:
        RecordError: a digest is missing or damaged.
    """
    return combined_digest({run: _stored_digest(folder, run) for run in finished_runs(folder)})


def verify(folder: Path) -> str:
    """The hash of the record, after every run's tables were read and their digest computed again.

    Raises:
        RecordError: a file cannot be read, or a run's tables are not those that were written.
    """
    digests: dict[int, str] = {}
    for run in finished_runs(folder):
        digests[run] = run_digest(read_shard(folder, run))
        if digests[run] != _stored_digest(folder, run):
            shard = _shard(folder, run)
            raise RecordError(str(shard), "its tables are not those that were written", _remedy(shard))
    return combined_digest(digests)


def _stored_digest(folder: Path, run: int) -> str:
    """The digest kept beside a run's tables."""
    path = _shard(folder, run) / _DIGEST
    try:
        text = path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as fault:
        raise RecordError(str(path), "the file cannot be read", _remedy(path.parent)) from fault
    return text


def _shard(folder: Path, run: int) -> Path:
    """The folder of a finished run."""
    return folder / _SHARDS / f"run-{run:05d}"


def _write_atomically(path: Path, content: bytes) -> None:
    """Write a file under its name only when it is whole and flushed."""
    part = path.with_name(f"{_PART}{path.name}-{os.getpid()}")
    _write_flushed(part, content)
    part.replace(path)
    _flush_folder(path.parent)


def _write_flushed(path: Path, content: bytes) -> None:
    """Write a file and wait until it is on the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(path: Path) -> None:
    """Wait until the folder's entries are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
