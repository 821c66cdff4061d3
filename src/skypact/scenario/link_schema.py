"""What a scenario file may say of links, outages and misreports, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from skypact.model.document import Strict
from skypact.scenario.field import Basis, Code, Delay, Lag, Rate, Share, Shift, Start

End = Annotated[str, Field(pattern=r"^([A-Z]{3}|all)$", description="code of a nation, or all")]
"""One end of a link."""


class WindowEntry(Strict):
    """A time, of the scenario's clock."""

    model_config = ConfigDict(populate_by_name=True)

    begin: Annotated[Start, Field(alias="from")]
    until: Start

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.until <= self.begin:
            raise ValueError("'until' after 'from'")
        return self


class TermsEntry(Strict):
    """How a link carries messages; what is not said is perfect."""

    delay: Annotated[Lag, Field(description="that every message takes beside its sending")] = Field(
        default="0 s", validate_default=True
    )
    jitter: Annotated[Lag, Field(description="mean of what a message takes beyond that")] = Field(
        default="0 s", validate_default=True
    )
    loss: Annotated[Share, Field(description="share of the messages that are lost")] = 0.0
    burst: (
        Annotated[
            float, Field(ge=1.0, le=1_000.0, description="mean number of messages lost one after another")
        ]
        | None
    ) = None
    duplicate: Annotated[Share, Field(description="share of the messages that come twice")] = 0.0
    bandwidth: Annotated[Rate, Field(description="unlimited by default")] | None = None
    queue: Annotated[
        Delay, Field(description="sending time of what may wait; a message that finds more is not sent")
    ] = Field(default="10 s", validate_default=True)
    store_and_forward: Annotated[
        bool, Field(description="keep what is sent in an outage and send it when the outage ends")
    ] = False


class BetweenEntry(TermsEntry):
    """The link from one nation to another: the default with what is said here in its place."""

    model_config = ConfigDict(populate_by_name=True)

    sender: Annotated[End, Field(alias="from")]
    to: End
    two_way: Annotated[bool, Field(description="the other way too")] = False
    outages: Annotated[list[WindowEntry], Field(max_length=100)] = Field(default=[])


class LinksEntry(Strict):
    """How links carry messages. Without this block they are perfect."""

    default: TermsEntry = Field(default_factory=TermsEntry)
    between: Annotated[list[BetweenEntry], Field(max_length=1_000)] = Field(default=[])


class OutageEntry(WindowEntry):
    """A time in which a nation is cut off from all others, both ways."""

    nation: Code


class MisreportEntry(Strict):
    """What a nation says wrongly of its own tracks; it uses the right ones itself."""

    model_config = ConfigDict(populate_by_name=True)

    nation: Code
    begin: Annotated[Start | None, Field(alias="from")] = None
    until: Start | None = None
    ghosts: Annotated[int, Field(ge=0, le=100, description="tracks of objects that are not there")] = 0
    covariance: Annotated[
        float, Field(ge=0.001, le=1_000.0, description="factor on the covariances; below 1 claims too much")
    ] = 1.0
    shift: Annotated[Shift, Field(description="of all positions, in one direction drawn a run")] = Field(
        default="0 km", validate_default=True
    )
    certainty: (
        Annotated[float, Field(gt=0.0, lt=1.0, description="least probability claimed of a class")] | None
    ) = None
    basis: Basis

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.until is not None and self.until <= (self.begin or 0.0):
            raise ValueError("'until' after 'from'")
        if not (self.ghosts or self.covariance != 1.0 or self.shift or self.certainty):
            raise ValueError("at least one of 'ghosts', 'covariance', 'shift' and 'certainty'")
        return self
