"""What fails costs what it was doing, no more, and is named as it was."""

from __future__ import annotations

import os
import pickle
import signal
import sys
from pathlib import Path

import pytest

from skypact import errors
from skypact.errors import (
    Fault,
    InputError,
    MissingPartError,
    RecordError,
    RunError,
    SkypactError,
    UsageError,
)
from skypact.record import finished_runs
from skypact.run import campaign
from skypact.run.build import Treatments
from skypact.run.campaign import Request, prepare_campaign, run_campaign
from skypact.run.library import load
from skypact.run.paired import run_pair

FAULTS = [
    InputError([Fault("a.yaml", 3, "runs", "-1", "1 or more")]),
    UsageError("--level x", "no such level", "Use another."),
    MissingPartError("cueing", "Leave it out."),
    RecordError("folder", "not a run folder", "Give another."),
    RunError(4, 7, "ValueError: no"),
]


def test_every_error_has_a_case_here() -> None:
    kinds = {
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SkypactError)
    }
    assert kinds - {SkypactError} == {type(fault) for fault in FAULTS}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_an_error_crosses_from_a_worker_as_it_was(fault: SkypactError) -> None:
    again = pickle.loads(pickle.dumps(fault))
    assert type(again) is type(fault)
    assert str(again) == str(fault)
    assert vars(again) == vars(fault)


def _request(folder: Path) -> Request:
    return Request(load("gulf-small"), 4, 1, ("national",), Treatments(), 2, folder)


def _silent(*_: object) -> None:
    return


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="workers inherit the fault by being forked")
def test_a_run_that_fails_is_named_and_the_others_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def faulty(wired, run, seed, progress=None):
        if run == 1:
            raise ValueError("the sea is dry")
        return run_pair(wired, run, seed, progress)

    monkeypatch.setattr(campaign, "run_pair", faulty)
    request = _request(tmp_path / "one")
    wired, manifest = prepare_campaign(request)
    with pytest.raises(RunError, match=r"run 1 .*the sea is dry"):
        run_campaign(wired, manifest, request, _silent)
    assert finished_runs(request.folder) == [0, 2, 3]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="workers inherit the fault by being forked")
def test_a_worker_that_is_killed_costs_nothing_but_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = tmp_path / "killed"

    def fatal(wired, run, seed, progress=None):
        if run == 1 and not killed.exists():
            killed.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return run_pair(wired, run, seed, progress)

    monkeypatch.setattr(campaign, "run_pair", fatal)
    request = _request(tmp_path / "two")
    wired, manifest = prepare_campaign(request)
    run_campaign(wired, manifest, request, _silent)
    assert killed.exists()
    assert finished_runs(request.folder) == [0, 1, 2, 3]
