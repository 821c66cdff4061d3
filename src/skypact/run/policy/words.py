"""Lines, flows and refusals in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from skypact.model.codes import Content, Reason
from skypact.model.scenario import Release
from skypact.run.policy.reading import Flow

CONTENT_WORDS = {
    Content.NOTHING: "nothing",
    Content.WARNINGS: "warnings",
    Content.TRACKS: "tracks",
    Content.DETECTIONS: "detections",
    Content.SENSOR_STATUS: "sensor status",
    Content.MAGAZINE_STATUS: "magazine status",
}
"""The most that a nation gives, as people read it; the keys are model.codes.Content."""


def time_words(seconds: float) -> str:
    """A time in seconds, or in minutes from two minutes on: "4 s", "0.5 s", "10 min"."""
    if seconds >= 120.0:
        return f"{seconds / 60.0:.4g} min"
    return f"{seconds:.4g} s"


def list_words(names: Sequence[str], word: str = "and") -> str:
    """Names as a sentence has them: "A", "A and B", "A, B and C"."""
    return f" {word} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def line_words(line: Release, nations: Sequence[str]) -> list[str]:
    """What a line says beside its receivers and its content, a phrase each.

    Args:
        line: the line.
        nations: codes of the scenario, so that everyone is called everyone.
    """
    said = ["at once" if line.delay_s == 0.0 else f"held back for {time_words(line.delay_s)}"]
    if line.classes:
        said.append(
            f"only objects taken for {list_words([kind.name.lower() for kind in line.classes], 'or')}"
        )
    if line.region is not None:
        box = [math.degrees(side) for side in vars(line.region).values()]
        said.append(f"only inside {box[0]:.4g} to {box[1]:.4g} N, {box[2]:.4g} to {box[3]:.4g} E")
    if line.threatening:
        said.append("only objects that threaten the receiver")
    if line.on_alert:
        said.append("only while the sender is on alert")
    if line.from_s > -math.inf:
        said.append(f"from {time_words(line.from_s)}")
    if line.until_s < math.inf:
        said.append(f"until {time_words(line.until_s)}")
    if line.accuracy_m:
        said.append(f"positions to {1e-3 * line.accuracy_m:.4g} km")
    if line.nameless:
        said.append("class, code and identity withheld")
    if line.through is not None:
        said.append(f"by way of {line.through} only")
    said.append(onward_words(line, nations))
    return said


def onward_words(line: Release, nations: Sequence[str]) -> str:
    """To whom a line lets its information be passed on."""
    if not line.onward:
        return "not to be passed on"
    everyone = {code for code in nations if code != line.sender}
    to = "everyone" if set(line.onward) == everyone else list_words(line.onward)
    return f"may be passed on to {to}"


def where_words(line: Release) -> str:
    """Where a line is written and what it rests on; a level that nobody writes has no place."""
    return f"{line.file}:{line.line}, {line.basis}" if line.file else line.basis


def flow_words(flow: Flow | None) -> str:
    """What comes, in a few words: "tracks after 4 s through USA, on conditions"."""
    if flow is None:
        return "nothing"
    text = f"{CONTENT_WORDS[flow.content]} " + (
        "at once" if flow.delay_s == 0.0 else f"after {time_words(flow.delay_s)}"
    )
    if flow.path:
        text += f" through {list_words(flow.path)}"
    return text + (", on conditions" if flow.conditional else "")


def reason_words(reason: Reason, owner: str, sender: str, receiver: str, content: Content) -> str:
    """Why the sender may not give the owner's information to the receiver.

    Args:
        reason: of the refusal.
        owner: code of the nation whose information it is.
        sender: code of the nation that would send it.
        receiver: code of the nation that would have it.
        content: what would be sent.
    """
    what = CONTENT_WORDS[content]
    said = {
        Reason.NO_LINEAGE: "nobody knows whose information it is",
        Reason.BARRED: f"a legal bar stands between {sender} and {receiver}",
        Reason.BARRED_THROUGH: f"a legal bar stands between {owner} and {receiver}, and passing through is refused",
        Reason.NOT_GRANTED: f"no line of {owner} gives {what} to {sender if owner != sender else receiver}",
        Reason.NOT_TO_BE_PASSED_ON: f"{owner} does not let {what} be passed on to {receiver}",
        Reason.ONLY_THROUGH: f"{owner} gives {what} to {receiver} only by way of another",
        Reason.NOT_YET: "the time of the line has not come",
        Reason.NO_LONGER: "the time of the line is over",
        Reason.NOT_ON_ALERT: f"{sender} has no alert in force",
        Reason.WRONG_CLASS: "the object is of another class",
        Reason.OUTSIDE_REGION: "the object is outside the region",
        Reason.NOT_THREATENING: f"the object does not threaten {receiver}",
        Reason.NOT_PASSED_ON: f"{sender} passes nothing on to {receiver}",
    }
    return said[reason]
