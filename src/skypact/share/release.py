"""The one function that decides a release."""

from __future__ import annotations

import numpy as np

from skypact.kernels.release import decide
from skypact.model.network import I8
from skypact.model.release import Items, Verdicts
from skypact.share.level import LevelRules


def releasable(
    rules: LevelRules, sender: int, receivers: I8, items: Items, now_s: float, on_alert: bool
) -> Verdicts:
    """Whether `sender` may send each item to each receiver, and how it must be treated. The default is to refuse.

    An item goes only where every nation whose information it holds lets it go: the sender's own by a line of the
    sender, another's by a line of that other which lets the sender pass it on, and a sender that does pass on.
    docs/explanation/release.md has the whole of it as a table.

    Args:
        rules: the level's tables.
        sender: row of the nation that would send.
        receivers: rows of the nations that would receive, [k].
        items: what would be sent, as the sender holds it, m items of one content.
        now_s: scenario time.
        on_alert: whether the sender has an alert in force for one of its own places.

    Returns:
        The verdicts, [k, m]; a nation may always have what is already its own to keep (sender and receiver equal).
    """
    shape = (len(receivers), len(items.sources))
    allowed = np.empty(shape, np.bool_)
    reason = np.empty(shape, np.uint8)
    rule = np.empty(shape, np.int32)
    delay_s = np.empty(shape)
    accuracy_m = np.empty(shape)
    nameless = np.empty(shape, np.bool_)
    decide(
        (rules.table, rules.measure, rules.nation),
        rules.passing_through,
        sender,
        receivers,
        int(items.content),
        (items.sources, items.object_class, items.lat_rad, items.lon_rad, items.threatens),
        now_s,
        on_alert,
        (allowed, reason, rule, delay_s, accuracy_m, nameless),
    )
    return Verdicts(allowed, reason, rule, delay_s, accuracy_m, nameless)
