"""The small closed vocabularies that arrays hold as integers."""

from __future__ import annotations

from enum import IntEnum


class ObjectClass(IntEnum):
    """What an object is: the classes of truth and those a tracker tells apart."""

    BALLISTIC = 0
    CRUISE = 1
    DRONE = 2
    ROCKET = 3
    CIVIL = 4
    FRIENDLY = 5
    DEBRIS = 6


N_CLASSES = len(ObjectClass)
HOSTILE_CLASSES = (ObjectClass.BALLISTIC, ObjectClass.CRUISE, ObjectClass.DRONE, ObjectClass.ROCKET)


class Phase(IntEnum):
    """The part of its flight an object is in."""

    BOOST = 0
    COAST = 1
    REENTRY = 2
    CLIMB = 3
    CRUISE = 4
    DESCENT = 5


class SensorKind(IntEnum):
    """How a sensor perceives."""

    RADAR = 0
    INFRARED = 1
    ACOUSTIC = 2
    COOPERATIVE = 3
    DIRECTION = 4
    MULTILATERATION = 5


class BeamPattern(IntEnum):
    """How a radar's beam lies in elevation."""

    STEERED = 0
    FAN = 1
    COSECANT = 2


class Disturbance(IntEnum):
    """What may befall a sensor."""

    OFF = 0
    JAMMED = 1
    SATURATED = 2
    LOST = 3


class DetectionKind(IntEnum):
    """What a detection is. A false plot looks like a plot: only the truth table tells them apart."""

    PLOT = 0
    INFRARED = 1
    ACOUSTIC = 2
    COOPERATIVE = 3
    DIRECTION = 4
    MULTILATERATION = 5


class TrackStatus(IntEnum):
    """The life of a track; `track.lifecycle` holds the table of transitions."""

    FREE = 0
    TENTATIVE = 1
    CONFIRMED = 2
    COASTING = 3
    LOST = 4


class Identity(IntEnum):
    """Who an object is taken to be; from codes and behaviour, never from truth."""

    UNKNOWN = 0
    CIVIL = 1
    FRIEND = 2
    SUSPECT = 3
    HOSTILE = 4


class Content(IntEnum):
    """What may be released. Up to DETECTIONS in order: releasing one releases the lesser; the statuses stand apart."""

    NOTHING = 0
    WARNINGS = 1
    TRACKS = 2
    DETECTIONS = 3
    SENSOR_STATUS = 4
    MAGAZINE_STATUS = 5


ORDERED_CONTENTS = (Content.WARNINGS, Content.TRACKS, Content.DETECTIONS)
STATUSES = (Content.SENSOR_STATUS, Content.MAGAZINE_STATUS)


class Reason(IntEnum):
    """Why an item is released (up to OVERRIDDEN) or refused; of several lines, the last reason comes nearest."""

    GRANTED = 0
    OWN = 1
    OVERRIDDEN = 2
    """Released to save lives, against a caveat: recorded each time."""
    NO_LINEAGE = 3
    BARRED = 4
    """Sender and receiver may never exchange directly."""
    BARRED_THROUGH = 5
    """The item holds information of a nation that is barred from the receiver."""
    NOT_GRANTED = 6
    NOT_TO_BE_PASSED_ON = 7
    ONLY_THROUGH = 8
    """Released by way of another nation only."""
    NOT_YET = 9
    NO_LONGER = 10
    NOT_ON_ALERT = 11
    WRONG_CLASS = 12
    OUTSIDE_REGION = 13
    NOT_THREATENING = 14
    NOT_PASSED_ON = 15
    """Its owners would allow it, but the sender forwards nothing to the receiver."""


class Combination(IntEnum):
    """How estimates of one object that came by different ways are made into one."""

    COVARIANCE_INTERSECTION = 0
    """Of least determinant."""
    COVARIANCE_INTERSECTION_TRACE = 1
    """Of least position variance."""
    INVERSE_COVARIANCE_INTERSECTION = 2
    SPLIT_COVARIANCE_INTERSECTION = 3
    TRACKLETS = 4
    """Each report less what the report before had said of it."""
    INDEPENDENT = 5
    """As if errors had nothing in common: inconsistent."""
    ELLIPSOIDAL_INTERSECTION = 6
    """Inconsistent."""
    BEST = 7
    """No fusion: the most accurate."""


INCONSISTENT = (Combination.INDEPENDENT, Combination.ELLIPSOIDAL_INTERSECTION)
"""Methods that promise more than they know; only for comparison."""


class ImpactKind(IntEnum):
    """What is known of where a track will end."""

    NONE = 0
    BALLISTIC = 1
    REACHABLE = 2


class EventKind(IntEnum):
    """What is recorded as an event."""

    LAUNCH = 0
    FIRST_DETECTION = 1
    TRACK_STATE = 2
    MESSAGE_SENT = 3
    MESSAGE_RECEIVED = 4
    MESSAGE_REFUSED = 5
    ALERT = 6
    ALL_CLEAR = 7
    SHOT = 8
    OUTCOME = 9
    ASSESSED = 10
    ARRIVAL = 11
    MESSAGE_LOST = 12
    CAVEAT_OVERRIDDEN = 13
    ALERT_UPDATE = 14
    PRE_ALERT = 15
    PRE_ALERT_END = 16


class Outcome(IntEnum):
    """What truly happened to a shot."""

    MISS = 0
    KILL = 1
    NOTHING_THERE = 2
    ALREADY_DEAD = 3


class Assessment(IntEnum):
    """What the shooter believes happened to a shot."""

    UNKNOWN = 0
    MISSED = 1
    KILLED = 2


# Transponder codes: 0 is none or dead. The picture knows the blocks, not the owners.
NO_CODE = 0
FIRST_CIVIL_CODE = 1
FIRST_CHANGING_CODE = 500_000
"""From here to the friendly block: civil codes that may be given anew in flight, as recorded Mode 3/A codes are. Those
of a simulation and aircraft addresses stand for life."""
FIRST_FRIENDLY_CODE = 1_000_000
