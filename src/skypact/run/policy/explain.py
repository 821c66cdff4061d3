"""What one nation releases to another, in words: what, how late, how degraded, by which line, and why not."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from skypact.model.codes import ORDERED_CONTENTS, STATUSES, Content, ObjectClass, Reason
from skypact.run.policy.probe import probes, reached, reason_of
from skypact.run.policy.reading import Chosen, Flow, covering, flows
from skypact.run.policy.words import (
    CONTENT_WORDS,
    flow_words,
    line_words,
    list_words,
    reason_words,
    time_words,
    where_words,
)

CONTENTS = (*reversed(ORDERED_CONTENTS), *STATUSES)
_MARK = {"always": "yes", "on conditions": "if", "no": "-"}


def explanation(chosen: Chosen, origin: int, receiver: int) -> dict[str, Any]:
    """All that is to be said of one nation's information on its way to another, as data."""
    codes = chosen.nations
    found = flows(chosen, origin, receiver)
    objects = _objects(chosen, origin, receiver)
    return {
        "scenario": chosen.name,
        "level": chosen.rules.level,
        "from": codes[origin],
        "to": codes[receiver],
        "contents": [_content(chosen, found, origin, receiver, content, objects) for content in CONTENTS],
        "objects": objects,
        "life_saving": codes[origin] in chosen.policy.life_saving
        and chosen.level.base in chosen.policy.levels,
        "reading": _reading(chosen, codes[origin]),
        "passed_on": _passed_on(chosen, origin, receiver),
        "bars": _bars(chosen, origin, receiver),
    }


def print_explanation(chosen: Chosen, origin: int, receiver: int, console: Console) -> None:
    """Print what one nation releases to another, content by content and object by object."""
    said = explanation(chosen, origin, receiver)
    start, end = chosen.full_name(origin), chosen.full_name(receiver)
    console.print(Text(f"From {start} to {end}, {chosen.title}", style="bold"))
    for entries in _alike(said["contents"]):
        _print_content(entries, console)
    console.print()
    answers = {answer for of in said["objects"].values() for answer in of.values()}
    if answers != {"no"}:
        console.print(_object_table(said["objects"]))
        if "on conditions" in answers:
            console.print(Padding(Text("if: on the conditions above", "dim"), (0, 0, 0, 2)))
        console.print()
    for text in _closing(said, chosen):
        console.print(Padding(Text(text), (0, 0, 0, 2)))


def _content(
    chosen: Chosen,
    found: tuple[Flow, ...],
    origin: int,
    receiver: int,
    content: Content,
    objects: dict[str, dict[str, str]],
) -> dict[str, Any]:
    flow = covering(found, content)
    entry: dict[str, Any] = {"content": content.name.lower(), "released": "no"}
    if flow is None:
        entry["because"] = _refusals(chosen, origin, receiver, content)
        return entry
    if flow.conditional and {of.get(entry["content"]) for of in objects.values()} == {"no"}:
        by_way = f"the way through {list_words(flow.path)}" if flow.path else "its way"
        entry["because"] = [
            f"there are lines for {by_way}, but no object of any class can meet the terms of all"
        ]
        return entry
    entry["released"] = "on conditions" if flow.conditional else "always"
    entry["with"] = flow.content.name.lower()
    entry["delay_s"] = flow.delay_s
    entry["through"] = list(flow.path)
    entry["words"] = flow_words(flow)
    entry["lines"] = [
        {
            "file": line.file,
            "line": line.line,
            "basis": line.basis,
            "where": where_words(line),
            "content": line.content.name.lower(),
            "delay_s": line.delay_s,
            "accuracy_m": line.accuracy_m,
            "identity_withheld": line.nameless,
            "words": line_words(line, chosen.nations),
        }
        for line in flow.lines
    ]
    return entry


def _refusals(chosen: Chosen, origin: int, receiver: int, content: Content) -> list[str]:
    """Why nothing comes directly, and why not by way of those who hold it."""
    codes = chosen.nations
    direct = reason_of(chosen, origin, origin, receiver, content)
    said = [reason_words(direct, codes[origin], codes[origin], codes[receiver], content)]
    why: dict[Reason, list[str]] = {}
    for holder in range(len(codes)):
        if holder in (origin, receiver) or covering(flows(chosen, origin, holder), content) is None:
            continue
        why.setdefault(reason_of(chosen, origin, holder, receiver, content), []).append(codes[holder])
    for reason, holders in why.items():
        about = reason_words(reason, codes[origin], list_words(holders), codes[receiver], content)
        said.append(f"{list_words(holders)} {'has' if len(holders) == 1 else 'have'} them, but {about}")
    return said


def _objects(chosen: Chosen, origin: int, receiver: int) -> dict[str, dict[str, str]]:
    """By class and content, whether such objects are released: always, on conditions, no."""
    if chosen.rules.pooled:
        come = [content.name.lower() for content in reversed(ORDERED_CONTENTS)]
        return {kind.name.lower(): dict.fromkeys(come, "always") for kind in ObjectClass}
    worst, best = probes(chosen, origin)
    table: dict[str, dict[str, str]] = {kind.name.lower(): {} for kind in ObjectClass}
    for content in reversed(ORDERED_CONTENTS):
        always = [reached(chosen, origin, content, probe) for probe in worst]
        ever = [reached(chosen, origin, content, probe) for probe in best]
        for kind in ObjectClass:
            answer = "no"
            if all(receiver in of[kind] for of in always):
                answer = "always"
            elif any(receiver in of[kind] for of in (*always, *ever)):
                answer = "on conditions"
            table[kind.name.lower()][content.name.lower()] = answer
    return table


def _reading(chosen: Chosen, code: str) -> dict[str, Any] | None:
    """Which reading of a disputed member's policy is told; None where it is not disputed at this level."""
    named = chosen.policy.readings.get(code)
    if named is None or chosen.level.base != "pact":
        return None
    return {"in_force": chosen.policy.reading[code], "all": list(named)}


def _passed_on(chosen: Chosen, sender: int, receiver: int) -> list[str]:
    """Whose information the sender forwards to the receiver."""
    here = chosen.nations[sender]
    return [
        code
        for k, code in enumerate(chosen.nations)
        if k not in (sender, receiver)
        and any(flow.path[-1:] == (here,) for flow in flows(chosen, k, receiver))
    ]


def _bars(chosen: Chosen, origin: int, receiver: int) -> dict[str, Any]:
    """The bar between the two, and what would come under either reading of it."""
    pair = {chosen.nations[origin], chosen.nations[receiver]}
    basis = next((bar.basis for bar in chosen.policy.bars if {bar.first, bar.second} == pair), None)
    other = chosen.other_reading()
    here, there = (_most(one, origin, receiver) for one in (chosen, other))
    refused, allowed = (there, here) if chosen.policy.passing_through else (here, there)
    return {
        "between": basis,
        "in_force": "allowed" if chosen.policy.passing_through else "refused",
        "if_refused": refused,
        "if_allowed": allowed,
    }


def _most(chosen: Chosen, origin: int, receiver: int) -> str:
    found = flows(chosen, origin, receiver)
    return flow_words(found[0] if found else None)


def _alike(contents: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The contents in groups that are refused for the same reasons, one after the other."""
    groups: list[list[dict[str, Any]]] = []
    for entry in contents:
        if groups and entry["released"] == "no" and _reasons(entry) == _reasons(groups[-1][-1]):
            groups[-1].append(entry)
        else:
            groups.append([entry])
    return groups


def _reasons(entry: dict[str, Any]) -> list[str] | None:
    """Why a content is refused, the content itself apart; None where it is not."""
    if entry["released"] != "no":
        return None
    word = CONTENT_WORDS[Content[entry["content"].upper()]]
    return [text.replace(word, "it") for text in entry["because"]]


def _print_content(entries: list[dict[str, Any]], console: Console) -> None:
    entry = entries[0]
    content = Content[entry["content"].upper()]
    name = list_words([CONTENT_WORDS[Content[one["content"].upper()]] for one in entries]).capitalize()
    if entry["released"] == "no":
        console.print(Text.assemble((f"{name}: ", "bold"), ("no", "red")))
        for text in entry["because"]:
            said = text.replace(CONTENT_WORDS[content], "them") if len(entries) > 1 else text
            console.print(Padding(Text(f"{said[0].upper()}{said[1:]}."), (0, 0, 0, 2)))
        return
    greater = Content[entry["with"].upper()]
    if greater != content:
        console.print(
            Text.assemble((f"{name}: ", "bold"), ("yes", "green"), f", as part of {CONTENT_WORDS[greater]}")
        )
        return
    late = "at once" if entry["delay_s"] == 0.0 else f"after {time_words(entry['delay_s'])}"
    through = f", through {list_words(entry['through'])}" if entry["through"] else ""
    yes = ("on conditions", "yellow") if entry["released"] == "on conditions" else ("yes", "green")
    console.print(Text.assemble((f"{name}: ", "bold"), yes, f", {late}{through}"))
    for line in entry["lines"]:
        as_part = "" if line["content"] == entry["with"] else f"as part of {line['content']}: "
        console.print(Padding(Text(f"- {as_part}{'; '.join(line['words'])}"), (0, 0, 0, 2)))
        console.print(Padding(Text(f"by {line['where']}", "dim"), (0, 0, 0, 4)))


def _object_table(objects: dict[str, dict[str, str]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    table.add_column("  object")
    contents = list(next(iter(objects.values())))
    for content in contents:
        table.add_column(CONTENT_WORDS[Content[content.upper()]], justify="center")
    for kind, answers in objects.items():
        table.add_row(f"  {kind}", *(_MARK[answers[content]] for content in contents))
    return table


def _closing(said: dict[str, Any], chosen: Chosen) -> list[str]:
    """What stands beside the lines: what is passed on, what bends, what the bars say."""
    start, end, bars = said["from"], said["to"], said["bars"]
    passed = said["passed_on"]
    texts = [
        f"{start} passes on to {end} what is of {list_words(passed)}."
        if passed
        else f"{start} passes on nothing of others to {end}."
    ]
    reading = said["reading"]
    if reading is not None:
        texts.insert(
            0,
            f"What {start} would release is disputed: this is the reading '{reading['in_force']}' of "
            f"{list_words(reading['all'])}.",
        )
    if said["life_saving"]:
        texts.append(
            f"To save lives: a warning of an object that threatens {end} may override {start}'s caveats on class, "
            "region, alert and passing on. Each use is recorded."
        )
    if bars["between"] is not None:
        texts.append(f"A legal bar stands between {start} and {end} ({bars['between']}).")
    if chosen.level.base == "full":
        texts.append("This level ignores legal bars.")
    elif bars["if_refused"] != bars["if_allowed"]:
        texts.append(
            f"Where passing through a third is refused {end} has {bars['if_refused']}; where it is allowed, "
            f"{bars['if_allowed']}. Here it is {bars['in_force']}."
        )
    else:
        texts.append("Both readings of the legal bars come to the same here.")
    return texts
