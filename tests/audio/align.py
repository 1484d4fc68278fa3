# SPDX-License-Identifier: GPL-2.0 OR MIT
"""What happened to a signal on its way, frame by frame.

Runs of frames that occur only once in the signal say where in it they come
from. A run is one frame where frames are wide enough to differ, and as long as
it takes where they are not.
"""

import dataclasses

import numpy as np

LONGEST_RUN = 64
UNKNOWN = -1


@dataclasses.dataclass
class Damage:
    """Counts of frames, except reordered, which counts jumps back."""

    lost: int
    repeated: int
    reordered: int
    changed: int


def frame_hashes(data):
    """A 64-bit hash of each row of bytes."""
    hashes = np.full(len(data), 0x9e3779b97f4a7c15, np.uint64)
    for column in data.T:
        hashes = (hashes ^ column) * np.uint64(0xff51afd7ed558ccd)
        hashes ^= hashes >> np.uint64(29)
    return hashes


def run_hashes(hashes, length):
    """A hash of each LENGTH successive frames."""
    count = max(len(hashes) - length + 1, 0)
    runs = np.zeros(count, np.uint64)
    for offset in range(length):
        runs = (runs ^ hashes[offset:offset + count]) \
            * np.uint64(0xc4ceb9fe1a85ec53)
        runs ^= runs >> np.uint64(31)
    return runs


def unique_run(hashes):
    """The shortest length whose runs are all unique, or None."""
    length = 1
    while length <= min(LONGEST_RUN, len(hashes)):
        runs = run_hashes(hashes, length)
        if len(np.unique(runs)) == len(runs):
            return length
        length *= 2
    return None


def origins(sent, received, length):
    """For each received frame its index in SENT, or UNKNOWN."""
    runs = run_hashes(sent, length)
    order = np.argsort(runs)
    wanted = run_hashes(received, length)
    at = np.searchsorted(runs, wanted, sorter=order).clip(0, len(runs) - 1)
    hit = runs[order[at]] == wanted
    found = np.full(len(received), UNKNOWN, np.int64)
    for offset in reversed(range(length)):
        place = np.flatnonzero(hit) + offset
        found[place] = order[at[hit]] + offset
    return found


def damage(sent, received):
    """Tell the Damage from SENT to RECEIVED; None if SENT repeats itself."""
    sent_hashes = frame_hashes(sent.data)
    length = unique_run(sent_hashes)
    if not length:
        return None
    found = origins(sent_hashes, frame_hashes(received.data), length)
    known = found[found != UNKNOWN]
    distinct, first = np.unique(known, return_index=True)
    in_order_of_arrival = known[np.sort(first)]
    strange = (found == UNKNOWN) & ~received.silent()
    return Damage(lost=len(sent) - len(distinct),
                  repeated=len(known) - len(distinct),
                  reordered=int((np.diff(in_order_of_arrival) < 0).sum()),
                  changed=int(strange.sum()))
