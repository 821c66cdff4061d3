"""Who may have what: each line of a level's table held against receivers and items. Nothing else decides a release."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import bare, kernel

F8 = NDArray[np.float64]
F4 = NDArray[np.float32]
I8 = NDArray[np.int64]
I4 = NDArray[np.int32]
U4 = NDArray[np.uint32]
U1 = NDArray[np.uint8]
B1 = NDArray[np.bool_]

Lines: TypeAlias = tuple[I8, F8, I8]
"""Codes [R, LINE_COLUMNS] and measures [R, MEASURE_COLUMNS] of lines, those of a nation together, and the nations
[N, NATION_COLUMNS]."""
Marks: TypeAlias = tuple[I8, I8, I8]
"""What `weigh` finds of each line: strict, lenient, aim, [R]."""
Objects: TypeAlias = tuple[U4, U1, F8, F8, U4]
"""Of each item its lineage, object class, latitude, longitude, and whom it threatens, [m]."""
Columns: TypeAlias = tuple[B1, U1, I4, F8, F8, B1]
"""Of verdicts: allowed, reason, rule, delay, accuracy, nameless, [k, m]."""

# Columns of a line: codes and masks with a bit per nation (or class).
CONTENT, RECEIVERS, ONWARD, THROUGH, CARRIED, CLASSES, THREATENING, NAMELESS, ON_ALERT = range(9)
LINE_COLUMNS = 9
# Columns of a line: measures, SI.
DELAY, ACCURACY, FROM, UNTIL, SOUTH, NORTH, WEST, EAST = range(8)
MEASURE_COLUMNS = 8
# Columns of a nation; its lines are START to the next nation's.
START, BARRED_FROM, PASSES_ON, UNBENT_FOR, LIFE_SAVING = range(5)
NATION_COLUMNS = 5

WARNINGS, DETECTIONS = 1, 3
"""Of model.codes.Content: the ordered contents are 1 to 3."""

# model.codes.Reason
GRANTED, OWN, OVERRIDDEN, NO_LINEAGE, BARRED, BARRED_THROUGH, NOT_GRANTED, NOT_TO_BE_PASSED_ON = range(8)
ONLY_THROUGH, NOT_YET, NO_LONGER, NOT_ON_ALERT, WRONG_CLASS, OUTSIDE_REGION, NOT_THREATENING = range(8, 15)
NOT_PASSED_ON = 15


@bare
def covers(granted: int, asked: int) -> bool:
    """Whether a line for one content allows another: the same, or a lesser one of those that are ordered."""
    return granted == asked or (0 < asked < granted <= DETECTIONS)


@bare
def named(
    to: int, onward: int, through: int, carried: int, owner: int, sender: int, receiver: int, lenient: bool
) -> int:
    """Whether a line lets the sender give the owner's information to the receiver, items and times apart.

    Args:
        to: the line's receivers.
        onward: to whom those who hold it may pass it on.
        through: the one nation by way of which it goes, or -1.
        carried: the receivers whom that nation reaches.
        owner: whose information and whose line it is.
        sender: the nation that would send.
        receiver: the nation that would receive.
        lenient: whether "not to be passed on" is set aside.

    Returns:
        GRANTED, NOT_GRANTED, NOT_TO_BE_PASSED_ON or ONLY_THROUGH.
    """
    if owner == sender:
        if through == receiver:
            return GRANTED if carried != 0 else NOT_GRANTED
        if (to >> receiver) & 1 == 0:
            return NOT_GRANTED
        return GRANTED if through < 0 else ONLY_THROUGH
    if through != sender and ((to | onward) >> sender) & 1 == 0:
        return NOT_GRANTED
    if through >= 0 and through != sender:
        return ONLY_THROUGH if lenient or ((to | onward) >> receiver) & 1 else NOT_TO_BE_PASSED_ON
    reached = (to | onward) if through == sender else onward
    return GRANTED if lenient or (reached >> receiver) & 1 else NOT_TO_BE_PASSED_ON


@bare
def _timely(from_s: float, until_s: float, now_s: float) -> int:
    if not from_s <= now_s:
        return NOT_YET
    return GRANTED if now_s < until_s else NO_LONGER


@bare
def weigh(
    lines: Lines, sender: int, receiver: int, content: int, now_s: float, on_alert: bool, marks: Marks
) -> None:
    """Hold every line against one receiver, items apart.

    Args:
        lines: what is held.
        sender: the nation that would send.
        receiver: the nation that would receive.
        content: what would be sent.
        now_s: scenario time.
        on_alert: whether the sender has an alert in force for one of its own places.
        marks: receives a reason a line, GRANTED where the line allows what its filters of objects let through; the
            same with the caveats "not to be passed on" and "on alert" set aside; the nations for whose sake the line
            lets it go, which are the receiver or those behind a carrier.
    """
    table, measure, nation = lines
    strict, lenient, aim = marks
    n = len(nation)
    for owner in range(n):
        last = nation[owner + 1, START] if owner + 1 < n else len(table)
        for i in range(nation[owner, START], last):
            aim[i] = 1 << receiver
            if owner == sender and table[i, THROUGH] == receiver:
                aim[i] = table[i, CARRIED]
            if not covers(table[i, CONTENT], content):
                strict[i] = lenient[i] = NOT_GRANTED
                continue
            to, onward, through = table[i, RECEIVERS], table[i, ONWARD], table[i, THROUGH]
            carried = table[i, CARRIED]
            strict[i] = named(to, onward, through, carried, owner, sender, receiver, False)
            lenient[i] = named(to, onward, through, carried, owner, sender, receiver, True)
            timely = _timely(measure[i, FROM], measure[i, UNTIL], now_s)
            if strict[i] == GRANTED:
                strict[i] = timely
            if lenient[i] == GRANTED:
                lenient[i] = timely
            if strict[i] == GRANTED and table[i, ON_ALERT] != 0 and not on_alert:
                strict[i] = NOT_ON_ALERT


@kernel
def ways(table: I8, nation: I8, passing: bool, owner: int, content: int, out: U1) -> None:
    """Where one owner's information may ever go, hop by hop, objects, times and alerts apart.

    Args:
        table: lines, as in `weigh`.
        nation: nations, as there.
        passing: whether a third may carry information between nations that are barred from each other.
        owner: whose information it is.
        content: what would be sent.
        out: receives [lines of the owner, sender, receiver] 1 where a line allows the hop, 2 where only a caveat
            that is overridden to save lives would, else 0.
    """
    n = len(nation)
    first = nation[owner, START]
    bends = content == WARNINGS and nation[owner, LIFE_SAVING] != 0
    out[:] = 0
    for sender in range(n):
        for receiver in range(n):
            barred = (nation[sender, BARRED_FROM] >> receiver) & 1 != 0
            third = sender != owner and (nation[owner, BARRED_FROM] >> receiver) & 1 != 0 and not passing
            kept = sender != owner and (nation[sender, PASSES_ON] >> receiver) & 1 == 0
            if sender == receiver or receiver == owner or barred or third or kept:
                continue
            for i in range(len(out)):
                row = first + i
                if not covers(table[row, CONTENT], content):
                    continue
                to, onward, through = table[row, RECEIVERS], table[row, ONWARD], table[row, THROUGH]
                carried = table[row, CARRIED]
                spared = bends and (nation[owner, UNBENT_FOR] >> receiver) & 1 == 0
                if named(to, onward, through, carried, owner, sender, receiver, False) == GRANTED:
                    out[i, sender, receiver] = 1
                elif spared and named(to, onward, through, carried, owner, sender, receiver, True) == GRANTED:
                    out[i, sender, receiver] = 2


@bare
def _lay(lines: Lines, owner: int, content: int, objects: Objects, marks: Marks, best: I8, kind: I8) -> None:
    """Hold one owner's lines against every item that has its information.

    Of several lines that allow an item the one governs that overrides nothing, then the soonest, then the finest, then
    the one that names the object, then the first written.

    Args:
        lines: what is held.
        owner: whose lines they are.
        content: of all items.
        objects: the items.
        marks: from `weigh`.
        best: receives the line that governs, or the one that comes nearest, or -1, [m].
        kind: receives GRANTED, OVERRIDDEN or the refusal, [m].
    """
    table, measure, nation = lines
    sources, object_class, lat_rad, lon_rad, threatens = objects
    strict, lenient, aim = marks
    last = nation[owner + 1, START] if owner + 1 < len(nation) else len(table)
    best[:] = -1
    kind[:] = NOT_GRANTED
    for i in range(nation[owner, START], last):
        if strict[i] == NOT_GRANTED:
            continue
        classes, threatening, hidden = table[i, CLASSES], table[i, THREATENING] != 0, table[i, NAMELESS]
        south, north = measure[i, SOUTH], measure[i, NORTH]
        west, east = measure[i, WEST], measure[i, EAST]
        bends = content == WARNINGS and nation[owner, LIFE_SAVING] != 0 and lenient[i] == GRANTED
        spared = aim[i] & ~nation[owner, UNBENT_FOR] if bends else 0
        for j in range(len(sources)):
            if (sources[j] >> owner) & 1 == 0:
                continue
            why = strict[i]
            threatened = np.int64(threatens[j])
            if why == GRANTED:
                if classes != 0 and (object_class[j] > 62 or (classes >> object_class[j]) & 1 == 0):
                    why = WRONG_CLASS
                elif south > -np.inf and not (south <= lat_rad[j] <= north and west <= lon_rad[j] <= east):
                    why = OUTSIDE_REGION
                elif threatening and threatened & aim[i] == 0:
                    why = NOT_THREATENING
            if why != GRANTED and threatened & spared != 0:
                why = OVERRIDDEN
            if why > OVERRIDDEN:
                if kind[j] > OVERRIDDEN and why > kind[j]:
                    best[j], kind[j] = i, why
                continue
            other = best[j]
            if kind[j] == why:
                sooner = measure[i, DELAY] - measure[other, DELAY]
                finer = measure[i, ACCURACY] - measure[other, ACCURACY]
                if sooner > 0.0 or (sooner == 0.0 and finer > 0.0):
                    continue
                if sooner == 0.0 and finer == 0.0 and hidden >= table[other, NAMELESS]:
                    continue
            elif kind[j] < why:
                continue
            best[j], kind[j] = i, why


@bare
def _fold(
    lines: Lines, owner: int, keeps: bool, sources: U4, best: I8, kind: I8, columns: Columns, k: int
) -> None:
    """Narrow each item's verdict by what one more owner of its information says; a refusal stands.

    Args:
        lines: those that were held.
        owner: whose they are.
        keeps: whether the sender passes nothing of this owner's on to the receiver.
        sources: lineage, [m].
        best: from `_lay`.
        kind: from `_lay`.
        columns: the verdicts so far.
        k: which receiver's row of them.
    """
    table, measure, _ = lines
    reason, rule = columns[1][k], columns[2][k]
    delay_s, accuracy_m, nameless = columns[3][k], columns[4][k], columns[5][k]
    for j in range(len(sources)):
        if (sources[j] >> owner) & 1 == 0 or reason[j] > OVERRIDDEN:
            continue
        why, i = kind[j], best[j]
        if why <= OVERRIDDEN and keeps:
            why = NOT_PASSED_ON
        if why > OVERRIDDEN:
            reason[j], rule[j] = why, i
            continue
        if i < 0:
            continue
        line = rule[j]
        longer = line >= 0 and why == reason[j] and measure[i, DELAY] > measure[line, DELAY]
        if line < 0 or why > reason[j] or longer:
            rule[j] = i
        reason[j] = max(reason[j], why)
        delay_s[j] = max(delay_s[j], measure[i, DELAY])
        accuracy_m[j] = max(accuracy_m[j], measure[i, ACCURACY])
        nameless[j] = nameless[j] or table[i, NAMELESS] != 0


@kernel
def decide(
    lines: Lines,
    passing: bool,
    sender: int,
    receivers: I8,
    content: int,
    objects: Objects,
    now_s: float,
    on_alert: bool,
    columns: Columns,
) -> None:
    """Whether each item may go from the sender to each receiver, and how. What nothing allows is refused.

    Args:
        lines: the level's.
        passing: whether a third may carry information between nations that are barred from each other.
        sender: the nation that would send.
        receivers: the nations that would receive, [k].
        content: model.codes.Content of all items.
        objects: the items.
        now_s: scenario time.
        on_alert: whether the sender has an alert in force for one of its own places.
        columns: receives the verdicts.
    """
    nation, sources = lines[2], objects[0]
    allowed, reason, rule, delay_s, accuracy_m, nameless = columns
    n, m = len(nation), len(sources)
    marks = (
        np.empty(len(lines[0]), np.int64),
        np.empty(len(lines[0]), np.int64),
        np.empty(len(lines[0]), np.int64),
    )
    best, kind = np.empty(m, np.int64), np.empty(m, np.int64)
    union = np.uint32(0)
    for j in range(m):
        union |= sources[j]
    for k in range(len(receivers)):
        receiver = receivers[k]
        every = NOT_GRANTED
        if 0 <= sender < n and 0 <= receiver < n:
            every = GRANTED
            if receiver == sender:
                every = OWN
            elif (nation[sender, BARRED_FROM] >> receiver) & 1:
                every = BARRED
        reason[k] = every
        rule[k] = -1
        delay_s[k] = accuracy_m[k] = 0.0
        nameless[k] = False
        if every == GRANTED:
            weigh(lines, sender, receiver, content, now_s, on_alert, marks)
            for owner in range(32):
                if (union >> owner) & 1 == 0:
                    continue
                keeps = owner != sender and (nation[sender, PASSES_ON] >> receiver) & 1 == 0
                best[:] = -1
                if owner >= n:
                    kind[:] = NOT_GRANTED
                elif owner != sender and (nation[owner, BARRED_FROM] >> receiver) & 1 and not passing:
                    kind[:] = BARRED_THROUGH
                elif owner == receiver:
                    kind[:] = GRANTED
                else:
                    _lay(lines, owner, content, objects, marks, best, kind)
                _fold(lines, owner, keeps, sources, best, kind, columns, k)
        for j in range(m):
            if every == GRANTED and sources[j] == 0:
                reason[k, j] = NO_LINEAGE
            allowed[k, j] = reason[k, j] <= OVERRIDDEN
            if not allowed[k, j]:
                delay_s[k, j] = accuracy_m[k, j] = np.inf
                nameless[k, j] = True


@kernel
def alike(allowed: B1, delay_s: F8, accuracy_m: F8, nameless: B1) -> bool:
    """Whether the verdicts [k, m] are the same for all k receivers."""
    for k in range(1, len(allowed)):
        for j in range(allowed.shape[1]):
            same = allowed[k, j] == allowed[0, j] and nameless[k, j] == nameless[0, j]
            if not (same and delay_s[k, j] == delay_s[0, j] and accuracy_m[k, j] == accuracy_m[0, j]):
                return False
    return True


@kernel
def tally(reason: U1) -> I8:
    """By receiver how many items are refused, and how many go against a caveat, [k, 2], from reasons [k, m]."""
    told = np.zeros((len(reason), 2), np.int64)
    for k in range(len(reason)):
        for why in reason[k]:
            if why > OVERRIDDEN:
                told[k, 0] += 1
            elif why == OVERRIDDEN:
                told[k, 1] += 1
    return told


@kernel
def likeliest(class_prob: F4, unknown: F4, tolerance: np.float32, no_class: int, kind: U1) -> None:
    """Write the most probable class of each item, [n]; `no_class` where all is within the tolerance of `unknown`.

    Args:
        class_prob: [n, classes].
        unknown: [classes] what says nothing.
        tolerance: of each probability.
        no_class: written where nothing is known.
        kind: [n] written.
    """
    for i in range(len(kind)):
        kind[i] = no_class
        best = 0
        for c in range(len(unknown)):
            if class_prob[i, c] > class_prob[i, best]:
                best = c
        for c in range(len(unknown)):
            if not abs(class_prob[i, c] - unknown[c]) < tolerance:
                kind[i] = best
