"""The versioned record of a campaign: a folder of finished runs that survives any interruption, and its hash."""

from skypact.record.digest import canonical, run_digest
from skypact.record.folder import (
    RunFolder,
    finished_runs,
    open_run,
    read_manifest,
    read_scenario,
    read_shard,
    record_hash,
    verify,
    write_shard,
)
from skypact.record.manifest import manifest_from_json, manifest_to_json
from skypact.record.shard import decode, encode

__all__ = [
    "RunFolder",
    "canonical",
    "decode",
    "encode",
    "finished_runs",
    "manifest_from_json",
    "manifest_to_json",
    "open_run",
    "read_manifest",
    "read_scenario",
    "read_shard",
    "record_hash",
    "run_digest",
    "verify",
    "write_shard",
]
