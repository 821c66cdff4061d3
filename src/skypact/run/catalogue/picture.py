"""Pictures of classes that are no radars: the envelope of a defence unit, the speed and size of a raid object."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from skypact.kernels.aspect import cross_section
from skypact.model.catalogue import InterceptorClass, ThreatClass, Value
from skypact.model.codes import ObjectClass
from skypact.run.recorded.map import MISSED, MUTED, OURS, RULE, drawing, new_figure, save

NOTE = "simulation of notional classes: no real system"
_FALLS = (ObjectClass.BALLISTIC, ObjectClass.ROCKET)
_LEFT, _RIGHT = (0.055, 0.095, 0.43, 0.755), (0.555, 0.095, 0.425, 0.755)


def plot_interceptor(cls: InterceptorClass, path: Path) -> Path:
    """The path of the picture drawn of a class of defence unit: where it reaches, and when from the decision on.

    Left: ground range and altitude within its envelope, with lines of equal time (reaction, flight,
    and a laser's dwell). Right: the single-shot chance to kill by class, with its interval.

    Raises:
        UsageError: another suffix than .png or .svg, or the file cannot be written.
    """
    value = {key: entry.value for key, entry in cls.values.items()}
    facts = [
        f"{cls.tier} tier",
        f"reaction {value['reaction_s']:g} s",
        f"dwell {value['dwell_s']:g} s"
        if value["dwell_s"]
        else f"mean speed {value['mean_speed_mps']:,.0f} m/s",
        f"{value['stock']:g} rounds",
        f"{value['channels']:g} channels",
    ]
    with drawing():
        figure = new_figure(cls.title, ["  ·  ".join(facts)], NOTE)
        _draw_envelope(figure.add_axes(_LEFT), cls)
        _draw_kill(figure.add_axes(_RIGHT), cls)
        save(path, figure)
    return path


def plot_threat(cls: ThreatClass, path: Path) -> Path:
    """The path of the picture drawn of a class of raid object or aircraft: how it moves, and how large it looks.

    Left: speed and height, or for what falls the speed on re-entry and the apogee by range on a sphere without air.
    Right: cross-section by the angle off the nose, for the class's value and the ends of its interval.

    Raises:
        UsageError: another suffix than .png or .svg, or the file cannot be written.
    """
    with drawing():
        figure = new_figure(cls.title, [cls.object_class.name.lower()], NOTE)
        left = figure.add_axes(_LEFT)
        if cls.object_class in _FALLS:
            _draw_fall(left, cls)
        else:
            _draw_flight(left, cls)
        _draw_section(figure.add_axes(_RIGHT), cls)
        save(path, figure)
    return path


def _draw_envelope(axes: Axes, cls: InterceptorClass) -> None:
    value = {key: entry.value for key, entry in cls.values.items()}
    ground = np.linspace(0.0, 1.05 * value["range_max_m"], 500)
    height = np.linspace(0.0, 1.15 * min(value["altitude_max_m"], value["range_max_m"]), 400)[:, None]
    slant = np.hypot(ground, height)
    altitude_m, near_m, far_m = np.array(cls.envelope_m()).T
    inside = (height >= altitude_m[0]) & (height <= altitude_m[-1])
    inside = inside & (slant >= np.interp(height, altitude_m, near_m))
    inside = inside & (slant <= np.interp(height, altitude_m, far_m))
    x, y = 1e-3 * ground, 1e-3 * height[:, 0]
    axes.contourf(x, y, inside.astype(float), levels=[0.5, 1.5], colors=["#a9cfe6"])
    until_s = value["reaction_s"] + np.interp(slant, *np.array(cls.flight_s()).T) + value["dwell_s"]
    time_s = np.where(inside, until_s, np.nan)
    if np.nanmax(time_s) - np.nanmin(time_s) > 1.0:
        lines = axes.contour(x, y, time_s, levels=6, colors=[OURS], linewidths=1.0)
        axes.clabel(lines, fmt=lambda seconds: f"{seconds:g} s", fontsize=8)
    axes.set_title("reach, and time from the decision on")
    axes.set_xlabel("ground range (km)")
    axes.set_ylabel("altitude (km)")
    _quiet(axes)


def _draw_kill(axes: Axes, cls: InterceptorClass) -> None:
    for row, (target, chance) in enumerate(cls.kill.items()):
        axes.plot([chance.low, chance.high], [row, row], color="#a9cfe6", lw=9, solid_capstyle="butt")
        axes.plot(chance.value, row, "o", color=OURS, ms=7)
        axes.annotate(
            target.name.lower(), (0.0, row), (-6, 0), textcoords="offset points", ha="right", va="center"
        )
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(-0.8, max(len(cls.kill) - 0.2, 1.0))
    axes.set_yticks([])
    axes.set_title("single-shot chance to kill")
    axes.set_xlabel("chance, with its interval")
    _quiet(axes)


def _draw_fall(axes: Axes, cls: ThreatClass) -> None:
    """Minimum-energy flights on a sphere without air or turning (Wheelon, ARS Journal 29, 1959)."""
    far_m, near_m = cls.values["range_max_m"].value, cls.values["range_min_m"].value
    radius_m, mu = 6_371_000.0, 398_600.4418e9
    range_m = np.linspace(near_m, far_m, 200)
    half = 0.5 * range_m / radius_m
    speed = np.sqrt(mu / radius_m * 2.0 * np.sin(half) / (1.0 + np.sin(half)))
    apogee_m = 0.5 * radius_m * (np.sin(half) + np.cos(half) - 1.0)
    axes.plot(1e-3 * range_m, 1e-3 * apogee_m, color=OURS, lw=1.8, label="apogee (km)")
    axes.plot(1e-3 * range_m, 0.1 * speed, color=MISSED, lw=1.8, label="speed on re-entry (10 m/s)")
    axes.set_ylim(bottom=0.0)
    axes.set_title("flights of least energy, without air")
    axes.set_xlabel("range (km)")
    axes.legend(loc="upper left")
    _quiet(axes)


def _draw_flight(axes: Axes, cls: ThreatClass) -> None:
    speed, height = cls.values["speed_mps"], cls.values["height_m"]
    axes.add_patch(
        Rectangle(
            (speed.low, height.low),
            speed.high - speed.low,
            height.high - height.low,
            facecolor="#a9cfe6",
            edgecolor="none",
            label="interval of the class",
        )
    )
    axes.plot(speed.value, height.value, "o", color=OURS, ms=7, label="nominal")
    axes.set_xlim(0.0, 1.25 * speed.high)
    axes.set_ylim(0.0, 1.25 * height.high)
    over = "above the ground" if "range_max_m" in cls.values else "cruising"
    axes.set_title("speed and height")
    axes.set_xlabel("speed (m/s)")
    axes.set_ylabel(f"height, {over} (m)")
    axes.legend(loc="upper left")
    _quiet(axes)


def _draw_section(axes: Axes, cls: ThreatClass) -> None:
    angle = np.linspace(0.0, 180.0, 181)
    nose, side = cls.values["rcs_m2"], cls.values["rcs_side_m2"]

    def curve(pick: str) -> list[float]:
        one, other = _pick(nose, pick), _pick(side, pick)
        return [cross_section(one, other / one, math.cos(math.radians(a))) for a in angle.tolist()]

    axes.fill_between(
        angle, curve("low"), curve("high"), color="#a9cfe6", label="between the ends of the interval"
    )
    axes.plot(angle, curve("value"), color=OURS, lw=1.8, label="nominal")
    axes.set_yscale("log")
    axes.set_xlim(0.0, 180.0)
    axes.set_xticks([0, 30, 60, 90, 120, 150, 180])
    axes.set_title("mean cross-section by aspect")
    axes.set_xlabel("angle between the object's way and the line of sight (deg)")
    axes.set_ylabel("m²", color=MUTED)
    axes.set_ylim(top=4.0 * side.high)
    axes.legend(loc="upper left")
    _quiet(axes)


def _pick(value: Value, name: str) -> float:
    return {"low": value.low, "value": value.value, "high": value.high}[name]


def _quiet(axes: Axes) -> None:
    axes.grid(color=RULE, lw=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
