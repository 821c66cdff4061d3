"""Which tracks and detections belong together: groups without a pair between them are decided apart.

Groups are numbered by their first track, and list their tracks and detections in rising order, so that a result
does not depend on how they were found.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.jit import kernel


@kernel
def find_root(parent: NDArray[np.int64], node: int) -> int:
    """The root of a node's tree; the path to it is halved on the way (Tarjan and van Leeuwen 1984)."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@kernel
def components(
    start: NDArray[np.int64],
    detection: NDArray[np.int64],
    n_detections: int,
    track_start: NDArray[np.int64],
    track_list: NDArray[np.int64],
    detection_start: NDArray[np.int64],
    detection_list: NDArray[np.int64],
) -> int:
    """The number of groups of tracks and detections joined by pairs; writes which they are.

    A track without a pair and a detection without a pair are in no group.

    Args:
        start: [T + 1] where each track's pairs begin (`layout.Pairs`).
        detection: [E] detections of the pairs, in [0, n_detections).
        n_detections: number of detections.
        track_start: [T + 1] written up to groups + 1: where each group's tracks begin in `track_list`.
        track_list: [T] written: tracks by group, rising.
        detection_start: [T + 1] written up to groups + 1: where each group's detections begin.
        detection_list: [n_detections] written: detections by group, rising.
    """
    n_tracks = len(start) - 1
    parent = np.arange(n_tracks)
    owner = np.full(n_detections, -1, np.int64)
    for i in range(n_tracks):
        for e in range(start[i], start[i + 1]):
            j = detection[e]
            if owner[j] < 0:
                owner[j] = i
            else:
                a, b = find_root(parent, owner[j]), find_root(parent, i)
                # the earlier track is the root: a group is met first at its root
                if a < b:
                    parent[b] = a
                else:
                    parent[a] = b
    label = np.full(n_tracks, -1, np.int64)
    count = 0
    track_start[0] = 0
    detection_start[0] = 0
    for i in range(n_tracks):
        if start[i + 1] > start[i]:
            root = find_root(parent, i)
            if root == i:
                label[i] = count
                count += 1
                track_start[count] = 0
                detection_start[count] = 0
            label[i] = label[root]
            track_start[label[i] + 1] += 1
    for j in range(n_detections):
        if owner[j] >= 0:
            detection_start[label[owner[j]] + 1] += 1
    for g in range(count):
        track_start[g + 1] += track_start[g]
        detection_start[g + 1] += detection_start[g]
    filled = np.zeros((2, count), np.int64)
    for i in range(n_tracks):
        g = label[i]
        if g >= 0:
            track_list[track_start[g] + filled[0, g]] = i
            filled[0, g] += 1
    for j in range(n_detections):
        if owner[j] >= 0:
            g = label[owner[j]]
            detection_list[detection_start[g] + filled[1, g]] = j
            filled[1, g] += 1
    return count


@kernel
def transpose(
    start: NDArray[np.int64],
    detection: NDArray[np.int64],
    n_detections: int,
    column_start: NDArray[np.int64],
    column_pair: NDArray[np.int64],
    column_track: NDArray[np.int64],
) -> None:
    """Write the pairs by detection: column_start [n_detections + 1], and each one's pair and track [E], rising."""
    for j in range(n_detections + 1):
        column_start[j] = 0
    for e in range(len(detection)):
        column_start[detection[e] + 1] += 1
    for j in range(n_detections):
        column_start[j + 1] += column_start[j]
    filled = np.zeros(n_detections, np.int64)
    for i in range(len(start) - 1):
        for e in range(start[i], start[i + 1]):
            j = detection[e]
            slot = column_start[j] + filled[j]
            column_pair[slot] = e
            column_track[slot] = i
            filled[j] += 1
