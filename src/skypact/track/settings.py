"""The tracker's settings: every default with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skypact.errors import UsageError
from skypact.estimate.gate import chi_square_gate
from skypact.kernels import bank as layout
from skypact.model.network import F8


@dataclass(frozen=True)
class TrackerSettings:
    """How a bank of tracks behaves. Nothing here is fitted to a simulation: sizes are those of real motion.

    Raises:
        UsageError: a setting is outside its range.
    """

    level_noise_m2ps3: float = 0.2
    """Spectral density of acceleration in level flight: 0.5 m/s2 held for about a second (gusts, trim)."""
    manoeuvre_noise_m2ps3: float = 900.0
    """The same of turns: 10 to 30 m/s2 held for one to some seconds."""
    boost_mps2: float = 22.0
    boost_growth_per_s: float = 1.0 / 80.0
    boost_sigma_share: float = 0.5
    """Net acceleration of a boost: so much at rest (interval 12 to 30), and per m/s of speed (0.006 to 0.02); its
    sigma as a share of it (0.3 to 0.6). By the rocket equation from public intervals, burns of 25 to 60 m/s2 in the
    mean with 2.0 to 2.8 km/s of exhaust in one or two stages (Sutton and Biblarz, Rocket Propulsion Elements, 9th ed.
    2017, chapter 4), gravity deducted: acceleration grows as propellant burns, and speed tells how much has. That gives
    a share of 0.35; more, because rockets and large solid motors begin with more."""
    boost_hold_s: float = 20.0
    """How long it is much the same (10 to 30): a good part of a stage's burn. Its error adds as noise over that."""
    ballistic_noise_m2ps3: float = 0.001
    """The same of free flight outside the atmosphere: gravity is known, tumbling and venting are small."""
    ballistic_coefficient_kgpm2: float = 7_500.0
    """Assumed mass over drag area, between those of missiles and of rockets; drag under it sets the mean deceleration
    and the size of its uncertainty."""
    drag_time_s: float = 2.0
    """How long an error of drag lasts: noise density is the square of the drag times this."""
    level_to_manoeuvre_per_s: float = 1.0 / 80.0
    level_to_ballistic_per_s: float = 1.0 / 2_000.0
    manoeuvre_to_level_per_s: float = 1.0 / 20.0
    manoeuvre_to_ballistic_per_s: float = 1.0 / 40.0
    ballistic_to_level_per_s: float = 1.0 / 10_000.0
    ballistic_to_manoeuvre_per_s: float = 1.0 / 5_000.0
    """Rates of change of mode: turns come every one or two minutes and last some 15 s, boosts about a minute; free
    flight rarely ends otherwise than on the ground."""
    gate_probability: float = 0.9997
    """Share of true detections within the gate, if model and sigmas are right."""
    new_per_look: float = 1.0
    """New objects expected a look of a sensor, beside its false plots: what a pair must be likelier than."""
    confirm_hits: int = 3
    confirm_looks: float = 5.0
    """A tentative track is confirmed by this many hits within this many looks."""
    drop_looks: float = 2.75
    """A tentative track silent for longer is dropped."""
    coast_looks: float = 2.5
    """A confirmed track silent for longer coasts."""
    lost_looks: float = 6.0
    """A coasting track silent for longer is lost."""
    ballistic_patience: float = 3.0
    """Times as long for a track in ballistic flight, which can be predicted."""
    look_min_s: float = 4.0
    """Least length of a look, so that fast sensors leave time to see again."""
    lost_sigma_m: float = 40_000.0
    """A coasting track whose sigma (bound) exceeds this is lost."""
    late_max_s: float = 12.0
    """Detections older than a track's state by more are not paired with it; older than now, start none."""
    merge_period_s: float = 4.0
    """How often tracks of one object are looked for; 0 never."""
    merge_distance_m: float = 6_000.0
    merge_gate: float = 12.6
    """Greatest squared distance of two tracks of one object: the 95 % point of 6 components."""
    class_memory_s: float = 45.0
    """Time constant with which kinematic evidence is forgotten."""
    class_looks: float = 2.0
    """Independent looks that remembered evidence counts as."""
    suspect_probability: float = 0.5
    hostile_probability: float = 0.8
    """Summed probability of the raid classes from which an object without a code is SUSPECT, HOSTILE."""
    sigma_level_mps: float = 180.0
    """Prior of the horizontal velocity of a new track in level flight (each component): drones to jets."""
    sigma_climb_mps: float = 12.0
    """The same of its climb."""
    sigma_manoeuvre_mps: float = 300.0
    sigma_ballistic_mps: float = 1_300.0
    """Prior of every velocity component in boost and in free flight: up to 3 km/s within 2.3 sigma."""
    plain_height_m: float = 5_000.0
    plain_height_sigma_m: float = 4_000.0
    """Assumed height of a plot without elevation."""
    launch_height_m: float = 10_000.0
    launch_height_sigma_m: float = 6_000.0
    """Assumed height of a boost first seen as a line of sight: on leaving the ground or the clouds, within a look."""
    launch_climb_mps: float = 550.0
    sigma_launch_mps: float = 400.0
    """Prior of its velocity: climb, and one sigma of every component."""
    code_bonus: float = 20.0
    """Log odds that a matching transponder code adds to a pair."""
    new_code: float = 7.0
    """Log odds that another code takes from a pair, where both codes may be given anew in flight: one look in a
    thousand brings a new or misread one. Elsewhere, and on a track that coasts, another code forbids the pair."""
    dead_transponder_share: float = 0.08
    """Share of aircraft whose transponder does not answer, as the classifier assumes."""

    def __post_init__(self) -> None:
        """Refuse what the kernels cannot use."""
        if not 2 <= self.confirm_hits <= layout.HIT_RING:
            raise UsageError(
                "TrackerSettings.confirm_hits",
                str(self.confirm_hits),
                f"Give a number of hits from 2 to {layout.HIT_RING}.",
            )
        if not 0.0 < self.gate_probability < 1.0:
            raise UsageError(
                "TrackerSettings.gate_probability",
                str(self.gate_probability),
                "Give a number between 0 and 1.",
            )
        for name, value in vars(self).items():
            if not value >= 0.0:
                raise UsageError(f"TrackerSettings.{name}", str(value), "Give a number that is not negative.")

    @cached_property
    def vector(self) -> F8:
        """The settings as the kernels read them: f8[N_SETTINGS] in the layout of kernels.bank."""
        out = np.empty(layout.N_SETTINGS)
        for index, name in _FIELDS.items():
            out[index] = getattr(self, name)
        rates = np.array(
            [
                [0.0, self.level_to_manoeuvre_per_s, self.level_to_ballistic_per_s],
                [self.manoeuvre_to_level_per_s, 0.0, self.manoeuvre_to_ballistic_per_s],
                [self.ballistic_to_level_per_s, self.ballistic_to_manoeuvre_per_s, 0.0],
            ]
        )
        rates -= np.diag(rates.sum(axis=1))
        out[layout.SET_RATES : layout.SET_RATES + 9] = rates.ravel()
        for dimension in range(1, 5):
            out[layout.SET_GATE + dimension - 1] = chi_square_gate(self.gate_probability, dimension)
        return out


_FIELDS = {
    layout.SET_Q_LEVEL: "level_noise_m2ps3",
    layout.SET_Q_MANOEUVRE: "manoeuvre_noise_m2ps3",
    layout.SET_Q_BALLISTIC: "ballistic_noise_m2ps3",
    layout.SET_BETA: "ballistic_coefficient_kgpm2",
    layout.SET_DRAG_TIME: "drag_time_s",
    layout.SET_CONFIRM_HITS: "confirm_hits",
    layout.SET_CONFIRM_LOOKS: "confirm_looks",
    layout.SET_DROP_LOOKS: "drop_looks",
    layout.SET_COAST_LOOKS: "coast_looks",
    layout.SET_LOST_LOOKS: "lost_looks",
    layout.SET_BALLISTIC_PATIENCE: "ballistic_patience",
    layout.SET_LOOK_MIN: "look_min_s",
    layout.SET_LOST_SIGMA: "lost_sigma_m",
    layout.SET_LATE_MAX: "late_max_s",
    layout.SET_MERGE_PERIOD: "merge_period_s",
    layout.SET_MERGE_DISTANCE: "merge_distance_m",
    layout.SET_MERGE_GATE: "merge_gate",
    layout.SET_CLASS_MEMORY: "class_memory_s",
    layout.SET_CLASS_LOOKS: "class_looks",
    layout.SET_SUSPECT: "suspect_probability",
    layout.SET_HOSTILE: "hostile_probability",
    layout.SET_SIGMA_LEVEL: "sigma_level_mps",
    layout.SET_SIGMA_CLIMB: "sigma_climb_mps",
    layout.SET_SIGMA_MANOEUVRE: "sigma_manoeuvre_mps",
    layout.SET_SIGMA_BALLISTIC: "sigma_ballistic_mps",
    layout.SET_PLAIN_HEIGHT: "plain_height_m",
    layout.SET_PLAIN_HEIGHT_SIGMA: "plain_height_sigma_m",
    layout.SET_LAUNCH_HEIGHT: "launch_height_m",
    layout.SET_LAUNCH_HEIGHT_SIGMA: "launch_height_sigma_m",
    layout.SET_LAUNCH_SIGMA: "sigma_launch_mps",
    layout.SET_CODE_BONUS: "code_bonus",
    layout.SET_DEAD_SHARE: "dead_transponder_share",
    layout.SET_NEW_CODE: "new_code",
    layout.SET_LAUNCH_CLIMB: "launch_climb_mps",
    layout.SET_BOOST: "boost_mps2",
    layout.SET_BOOST_GROWTH: "boost_growth_per_s",
    layout.SET_BOOST_SHARE: "boost_sigma_share",
    layout.SET_BOOST_HOLD: "boost_hold_s",
}
