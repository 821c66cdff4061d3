"""What alerts are for: the places themselves, or zones that cover their ground."""

from __future__ import annotations

from dataclasses import dataclass

from skypact.model.network import F8, PlaceTable


@dataclass(frozen=True)
class Zones:
    """Z zones."""

    table: PlaceTable
    """Each as the disc of its area about its centre; rows of `alerts`."""
    corner_rad: F8
    """[Z, 6, 2] latitude and longitude of the corners of hexagons; [Z, 0, 2] where the zones are discs."""

    apart: bool
    """Whether they are other than the places."""

    @property
    def tiled(self) -> bool:
        """Whether the zones cover the ground without gaps, so that an alert needs no margin around them."""
        return bool(self.corner_rad.shape[1])
