"""Looks and tracks for tests, without a video."""

import numpy as np

from ocr.track import Look, Track

PICTURE = np.zeros((270, 480, 3), np.uint8)


def look(second, x, y, text="AB12CDE", height=20, *, at_edge=False, rows=1):
    box = (x, y, height * 5, height)
    return Look(round(second * 12), second, box, float(height), text, text, 0.95, rows, at_edge)


def track_of(*looks):
    track = Track()
    for each in looks:
        track.add(each, PICTURE)
    return track
