"""Finished chains on the disk: a file each, which appears when it is whole.

manifest.json, scenario.yaml     as of a campaign: they say whose chains these are
chains/chain-00003.json
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from skypact.errors import RecordError
from skypact.run.endurance.chain import Chain
from skypact.run.recorded.file import write_whole
from skypact.score.endurance import RaidScore

_CHAINS = "chains"


def write_chain(folder: Path, chain: Chain) -> None:
    """Keep a finished chain.

    Raises:
        UsageError: the file cannot be written.
    """
    document = {
        "chain": chain.number,
        "seed": chain.seed,
        "raids": [
            {
                "digest": digest,
                "held": chain.held[r].tolist(),
                "left": chain.left[r].tolist(),
                "scored": score.scored.tolist(),
                "stopped": score.stopped.tolist(),
                "fired": score.fired.tolist(),
                "fresh": None if chain.fresh is None else chain.fresh[r].tolist(),
            }
            for r, (digest, score) in enumerate(zip(chain.digests, chain.raids, strict=True))
        ],
    }
    path = _path(folder, chain.number)
    path.parent.mkdir(exist_ok=True)
    write_whole(path, json.dumps(document).encode())


def finished_chains(folder: Path) -> list[int]:
    """The numbers of the chains that are whole, rising."""
    return sorted(int(path.stem[6:]) for path in (folder / _CHAINS).glob("chain-*.json"))


def read_chain(folder: Path, number: int) -> Chain:
    """A finished chain.

    Raises:
        RecordError: the file is missing or damaged.
    """
    path = _path(folder, number)
    try:
        document = json.loads(path.read_text("utf-8"))
        raids = document["raids"]
        return Chain(
            number=int(document["chain"]),
            seed=int(document["seed"]),
            digests=tuple(str(raid["digest"]) for raid in raids),
            held=np.array([raid["held"] for raid in raids], np.int32),
            left=np.array([raid["left"] for raid in raids], np.int32),
            raids=tuple(
                RaidScore(*(np.array(raid[name], np.int64) for name in ("scored", "stopped", "fired")))
                for raid in raids
            ),
            fresh=None
            if raids[0]["fresh"] is None
            else np.array([raid["fresh"] for raid in raids], np.int64),
        )
    except (OSError, ValueError, LookupError, TypeError) as fault:
        raise RecordError(
            str(path),
            f"the file cannot be read ({type(fault).__name__})",
            "Delete it and give the same command again: this chain alone is computed anew",
        ) from fault


def forget_parts(folder: Path) -> None:
    """Remove what an interrupted command left half written."""
    for part in (folder / _CHAINS).glob(".part-*"):
        part.unlink(missing_ok=True)


def _path(folder: Path, number: int) -> Path:
    return folder / _CHAINS / f"chain-{number:05d}.json"
