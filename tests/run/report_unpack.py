"""What the page makes of the packed bytes, written again from their description, row by row."""

from __future__ import annotations

import gzip

from tests.run.report_world import FLIGHTS

EXTRAS = {"truth": ("height",), "pictures": ("flags", "sigma", "sources")}


def unpacked(replay):
    """Paths of truth by object key, and of pictures by picture: lists of rows with t_s, x, y and extras."""
    content = gzip.decompress(replay.packed)
    planes, offset = {}, 0
    for name, length in replay.header["planes"]:
        planes[name] = content[offset : offset + length]
        offset += length
    assert offset == len(content)
    truth = _paths("truth", replay.header, planes)
    keys = list(FLIGHTS)
    pictures: dict[int, list[list[dict[str, float]]]] = {}
    for picture, path in zip(
        replay.header["pictures"]["picture"], _paths("pictures", replay.header, planes), strict=True
    ):
        pictures.setdefault(picture, []).append(path)
    named = zip(replay.header["truth"]["object"], truth, strict=True)
    return {"truth": {keys[row]: path for row, path in named}, "pictures": pictures}


def _signed(low, high):
    zigzag = low | high << 8
    return zigzag // 2 if zigzag % 2 == 0 else -(zigzag + 1) // 2


def _wrapped(value):
    return (value + 32_768) % 65_536 - 32_768


def _paths(name, header, planes):
    heads, paths, row = header[name], [], 0
    for p, count in enumerate(heads["rows"]):
        snapshot, x, y, dx, dy = heads["snapshot"][p], heads["x"][p], heads["y"][p], 0, 0
        extras = dict.fromkeys(EXTRAS[name], 0)
        path = []
        for _ in range(count):
            dx = _wrapped(dx + _signed(planes[f"{name}.x0"][row], planes[f"{name}.x1"][row]))
            dy = _wrapped(dy + _signed(planes[f"{name}.y0"][row], planes[f"{name}.y1"][row]))
            snapshot, x, y = snapshot + planes[f"{name}.dt"][row], x + dx, y + dy
            for extra in extras:
                extras[extra] ^= planes[f"{name}.{extra}0"][row] | planes[f"{name}.{extra}1"][row] << 8
            path.append({"t_s": header["times_s"][snapshot], "x": x, "y": y, **extras})
            row += 1
        paths.append(path)
    return paths
