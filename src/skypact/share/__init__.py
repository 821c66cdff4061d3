"""Who may see what, and when it arrives: the one function that decides every release is `releasable`."""

from skypact.share.delivery import Carried, Delivery, deliver, new_delivery, post
from skypact.share.level import LevelRules, Source
from skypact.share.link import (
    SALVO_STREAM,
    LinkState,
    cut_off,
    link_table,
    new_link_state,
    plot_arrivals,
    transmit_all,
    within_capacity,
)
from skypact.share.mailbox import STALE_NS, Mailbox
from skypact.share.message import (
    HEADER_BYTES,
    ITEM_BYTES,
    Outbox,
    Posting,
    believed_class,
    compose,
    new_outbox,
    released_to,
)
from skypact.share.misreport import misreport_table, misreported
from skypact.share.policy import rules_for
from skypact.share.release import releasable
from skypact.share.source import governing, information_set

__all__ = [
    "HEADER_BYTES",
    "ITEM_BYTES",
    "SALVO_STREAM",
    "STALE_NS",
    "Carried",
    "Delivery",
    "LevelRules",
    "LinkState",
    "Mailbox",
    "Outbox",
    "Posting",
    "Source",
    "believed_class",
    "compose",
    "cut_off",
    "deliver",
    "governing",
    "information_set",
    "link_table",
    "misreport_table",
    "misreported",
    "new_delivery",
    "new_link_state",
    "new_outbox",
    "plot_arrivals",
    "post",
    "releasable",
    "released_to",
    "rules_for",
    "transmit_all",
    "within_capacity",
]
