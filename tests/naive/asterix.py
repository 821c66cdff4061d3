"""ASTERIX read slowly, from lengths written here by hand (EUROCONTROL-SPEC-0149-2b, -4 and -9), without any table.

A length is a number of octets; ('fx', n): parts of n octets, the last bit of each saying whether another follows;
('rep', n): a count, then parts of n octets; 'len': its first octet is its length; a dict: bits, then subitems.
"""

from __future__ import annotations

from typing import Any


def forms(text):
    """{'010': 2, ...} from '010:2 020:fx SP:len 070:rep2 ?1:none'."""
    found: dict[str, Any] = {}
    for entry in text.split():
        name, _, length = entry.partition(":")
        if length.startswith(("fx", "rep")):
            kind = length.rstrip("0123456789")
            found[name] = kind, int(length.removeprefix(kind) or 1)
        else:
            found[name] = {"len": "len", "none": None}[length] if length.isalpha() else int(length)
    return found


STATUS = forms("COM:1 ?1:none ?2:none PSR:1 SSR:1 MDS:2")
MODE = STATUS | {"MDS": 1}
AIRCRAFT = forms(
    "ADR:3 ID:6 MHG:2 IAS:2 TAS:2 SAL:2 FSS:2 TIS:fx TID:rep15 COM:2 SAB:2 ACS:7 BVR:2 GVR:2 RAN:2 TAR:2 TAN:2 GS:2 "
    "VUN:1 MET:8 EMC:1 POS:6 GAL:2 PUN:1 BDSDATA:rep8 IAR:2 MAC:2 BPS:2"
)
PLAN = forms(
    "TAG:2 CS:7 IFI:4 FCT:1 TAC:4 WTC:1 DEP:4 DST:4 RDS:3 CFL:2 CTL:2 TOD:rep4 AST:6 STS:1 STD:7 STA:7 PEM:2 PEC:7"
)
AGES = (
    "MFL MD1 MD2 MDA MD4 MD5 MHG IAS TAS SAL FSS TID COM SAB ACS BVR GVR RAN TAR TAN GSP VUN MET EMC POS GAL PUN MB "
    "IAR MAC BPS"
)
FORMS = {
    34: forms("010:2 000:1 030:3 020:1 041:2")
    | {"050": STATUS, "060": MODE}
    | forms("070:rep2 100:8 110:1 120:8 090:2 RE:len SP:len"),
    48: forms("010:2 140:3 020:fx 040:4 070:2 090:2")
    | {"130": forms("SRL:1 SRR:1 SAM:1 PRL:1 PAM:1 RPD:1 APD:1")}
    | forms("220:3 240:6 250:rep8 161:2 042:4 200:4 170:fx 210:4 030:fx 080:2 100:4 110:2")
    | {"120": forms("CAL:2 RDS:rep6")}
    | forms("230:2 260:7 055:1 050:2 065:1 060:2 SP:len RE:len"),
    62: forms("010:2 ?1:none 015:1 070:3 105:8 100:6 185:4 210:2 060:2 245:7")
    | {"380": AIRCRAFT}
    | forms("040:2 080:fx")
    | {"290": forms("TRK:1 PSR:1 SSR:1 MDS:1 ADS:2 ES:1 VDL:1 UAT:1 LOP:1 MLT:1")}
    | {"200": 1, "295": dict.fromkeys(AGES.split(), 1)}
    | forms("136:2 130:2 135:2 220:2")
    | {"390": PLAN}
    | forms("270:fx 300:1")
    | {"110": forms("SUM:1 PMN:4 POS:6 GA:2 EM1:2 TOS:1 XP:1")}
    | forms("120:2 510:fx3")
    | {"500": forms("APC:4 COV:2 APW:4 AGA:1 ABA:1 ATV:2 AA:2 ARC:1")}
    | {"340": forms("SID:2 POS:4 HEIGHT:2 MDC:2 MDA:2 TYP:1")}
    | forms("?2:none ?3:none ?4:none ?5:none ?6:none RE:len SP:len"),
}


class UnsoundError(Exception):
    """Why a record cannot be read."""


def bits_set(octets):
    """The numbers of the bits that are set, not counting the last of each octet."""
    return [7 * k + bit for k, octet in enumerate(octets) for bit in range(7) if octet >> (7 - bit) & 1]


def head_length(octets):
    """How many octets there are up to the first with an even value; 0 if there is none."""
    return next((k + 1 for k, octet in enumerate(octets) if octet % 2 == 0), 0)


def item_length(form, octets, name, found, at):
    """The length of an item at the beginning of what is left of its block; `found` takes its subitems' places."""
    if isinstance(form, dict):
        head = head_length(octets)
        if not head:
            raise UnsoundError(f"item {name} reaches past its block")
        length = head
        for bit in bits_set(octets[:head]):
            subitem = list(form)[bit] if bit < len(form) else "?"
            if subitem[0] == "?":
                raise UnsoundError(f"item {name} names a subitem that it does not have")
            found[name[5:], subitem] = at + length
            length += item_length(form[subitem], octets[length:], f"{name} {subitem}", {}, 0)
        return length
    if isinstance(form, int):
        length = form
    elif form == "len":
        length = octets[0] if octets else 1
        if length == 0:
            raise UnsoundError(f"item {name} has length 0")
    elif form[0] == "rep":
        length = 1 + octets[0] * form[1] if octets else 1
    else:
        ends = octets[form[1] - 1 :: form[1]]
        length = head_length(ends) * form[1] or len(octets) + 1
    if length > len(octets):
        raise UnsoundError(f"item {name} reaches past its block")
    return length


def read_record(category, octets):
    """The length of the record that a block's rest begins with, and where each item and subitem begins in it."""
    form = FORMS[category]
    length = head_length(octets)
    if not length:
        raise UnsoundError(f"FSPEC of a record of category {category:03d} reaches past its block")
    found = {}
    for bit in bits_set(octets[:length]):
        item = list(form)[bit] if bit < len(form) else "?"
        if item[0] == "?":
            raise UnsoundError(f"FSPEC names an item that category {category:03d} does not have")
        found[item, None] = length
        length += item_length(form[item], octets[length:], f"I{category:03d}/{item}", found, length)
    if not found:
        raise UnsoundError(f"record of category {category:03d} has no item")
    return length, found


def read_span(octets):
    """The records of a span as (category, first octet, end, places), the skipped categories, the (offset, reason)."""
    records, skipped, faults = [], [], []
    at = 0
    while at < len(octets):
        if len(octets) - at < 3:
            faults.append((at, "block header is cut off"))
            break
        category, length = octets[at], int.from_bytes(octets[at + 1 : at + 3], "big")
        if length < 3:
            faults.append((at, f"block length {length} is below 3"))
            break
        if at + length > len(octets):
            faults.append((at, "block reaches past its datagram"))
            break
        block_end, begin = at + length, at + 3
        at = block_end
        if category not in FORMS:
            skipped.append(category)
            continue
        while begin < block_end:
            try:
                size, places = read_record(category, octets[begin:block_end])
            except UnsoundError as why:
                faults.append((begin, str(why)))
                break
            records.append((category, begin, begin + size, places))
            begin += size
    return records, skipped, faults


def made_item(form, rng):
    """Random octets that are an item of this form."""
    if isinstance(form, dict):
        chosen = [k for k, inner in enumerate(form.values()) if inner is not None and rng.random() < 0.3]
        return made_head(chosen) + b"".join(made_item(list(form.values())[k], rng) for k in chosen)
    if isinstance(form, int):
        return rng.randbytes(form)
    count = rng.choice((0, 1, 1, 2, 3))
    if form == "len":
        return bytes((count + 1,)) + rng.randbytes(count)
    if form[0] == "rep":
        return bytes((count,)) + rng.randbytes(count * form[1])
    parts = [int.from_bytes(rng.randbytes(form[1]), "big") | 1 for _ in range(count + 1)]
    parts[-1] -= 1
    return b"".join(part.to_bytes(form[1], "big") for part in parts)


def made_head(chosen):
    """The octets that say which bits are set."""
    octets = [1] * (max(chosen, default=0) // 7 + 1)
    octets[-1] = 0
    for bit in chosen:
        octets[bit // 7] |= 0x80 >> bit % 7
    return bytes(octets)


def made_block(category, count, rng, share=0.4):
    """A block of random records, each item in it with this chance."""
    forms = list(FORMS[category].values())
    body = b""
    for _ in range(count):
        chosen = [k for k, form in enumerate(forms) if form is not None and rng.random() < share] or [0]
        body += made_head(chosen) + b"".join(made_item(forms[k], rng) for k in chosen)
    return bytes((category,)) + (len(body) + 3).to_bytes(2, "big") + body
