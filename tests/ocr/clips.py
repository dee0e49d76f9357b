"""Tiny drawn clips: a road, a plate on it, a video file."""

import cv2
import numpy as np

FRAME_RATE = 12.0
SIZE = (480, 270)


def road():
    """A grey road, not quite even: a plain picture has no noise to measure."""
    grain = np.random.default_rng(1).integers(90, 110, (SIZE[1], SIZE[0]), dtype=np.uint8)
    return cv2.cvtColor(grain, cv2.COLOR_GRAY2BGR)


def draw_plate(picture, text, left, top, width=120):
    """Draw a white plate with black characters, the left part of it where the picture ends."""
    plate = np.full((60, 280, 3), 245, np.uint8)
    (w, h), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.4, 4)
    cv2.putText(plate, text, ((280 - w) // 2, (60 + h) // 2), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (20, 20, 20), 4)
    plate = cv2.resize(plate, (width, round(width * 60 / 280)), interpolation=cv2.INTER_AREA)
    body = picture[max(0, top - 60) : top + 40, max(0, left - 30) : left + width + 30]
    body[:] = (60, 40, 110)
    window = picture[top : top + plate.shape[0], left : left + width]
    window[:] = plate[: window.shape[0], : window.shape[1]]
    return picture


def write_video(path, pictures, fourcc="mp4v"):
    size = (pictures[0].shape[1], pictures[0].shape[0])
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*fourcc), FRAME_RATE, size)
    assert writer.isOpened()
    for picture in pictures:
        writer.write(picture)
    writer.release()
    return path
