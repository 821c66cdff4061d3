"""Every exception of Skypact: each says what was asked, what was found and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class SkypactError(Exception):
    """Base of every error a user may see; `exit_status` is what the command line returns."""

    exit_status = 1

    def __reduce__(self) -> tuple[object, ...]:
        """The error with its fields, so that it crosses from a worker process as it was."""
        return _rebuilt, (type(self), str(self), dict(self.__dict__))


def _rebuilt(kind: type[SkypactError], message: str, fields: dict[str, object]) -> SkypactError:
    fault = kind.__new__(kind, message)
    fault.args = (message,)
    fault.__dict__.update(fields)
    return fault


@dataclass(frozen=True)
class Fault:
    """One fault of an input file: where it is, what was found, what was expected."""

    file: str
    line: int
    field: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: found {self.found}; expected {self.expected}"


class InputError(SkypactError):
    """An input file has faults; all of them are reported at once."""

    exit_status = 2

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class UsageError(SkypactError):
    """A command or a call was asked for something that does not exist or does not fit."""

    exit_status = 2

    def __init__(self, asked: str, found: str, next_step: str) -> None:
        self.asked, self.found, self.next_step = asked, found, next_step
        super().__init__(f"{asked}: {found}. {next_step}")


class MissingPartError(SkypactError):
    """A part that this installation or this version does not have was asked for."""

    exit_status = 2

    def __init__(self, part: str, next_step: str) -> None:
        self.part, self.next_step = part, next_step
        super().__init__(f"{part} is not available. {next_step}")


class RecordError(SkypactError):
    """A run folder cannot be read, or belongs to another scenario, seed or version."""

    exit_status = 2

    def __init__(self, folder: str, found: str, next_step: str) -> None:
        self.folder, self.found, self.next_step = folder, found, next_step
        super().__init__(f"{folder}: {found}. {next_step}")


class RunError(SkypactError):
    """A paired run failed; what other runs recorded is kept and the campaign can be resumed."""

    def __init__(self, run: int, seed: int, cause: str) -> None:
        self.run, self.seed, self.cause = run, seed, cause
        super().__init__(
            f"run {run} (seed {seed}) failed: {cause}. Finished runs are kept: the same command resumes."
        )
