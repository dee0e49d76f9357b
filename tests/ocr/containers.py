"""Video files of all kinds with numbered frames, and .mp4 files changed by hand to what OpenCV does not write."""

import struct

import cv2
import numpy as np

FRAME_RATE = 12.0
SIZE = (160, 96)
_BITS = 10
_CELL = 16


def numbered(index, size=SIZE):
    """A picture that tells its number: ten squares, dark or light."""
    picture = np.full((size[1], size[0], 3), 128, np.uint8)
    for bit in range(_BITS):
        picture[24:72, bit * _CELL : (bit + 1) * _CELL] = 230 if index >> bit & 1 else 20
    return picture


def number_of(picture):
    """Read the number back."""
    row = picture[40:56].mean(axis=(0, 2))
    return sum((row[bit * _CELL + 4 : bit * _CELL + 12].mean() > 128) << bit for bit in range(_BITS))


def write_numbered(path, frames, fourcc="mp4v", frame_rate=FRAME_RATE):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*fourcc), frame_rate, SIZE)
    assert writer.isOpened(), fourcc
    for index in range(frames):
        writer.write(numbered(index))
    writer.release()
    return path


def write_grey(path, depth):
    """Five grey frames without loss, 8 or 16 bits deep, from dark to light."""
    scale = np.iinfo(depth).max / 255
    options = [cv2.VIDEOWRITER_PROP_IS_COLOR, 0]
    options += [cv2.VIDEOWRITER_PROP_DEPTH, cv2.CV_16U] if depth == np.uint16 else []
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"FFV1"), FRAME_RATE, SIZE, options)
    assert writer.isOpened()
    for level in range(10, 255, 50):
        writer.write(np.full((SIZE[1], SIZE[0]), level * scale, depth))
    writer.release()
    return path


def with_steps(path, steps):
    """Give the frames of an .mp4 that OpenCV wrote other times: multiples of the usual step, one on average."""
    data = path.read_bytes()
    at = data.rindex(b"stts") - 4
    size, entries, step = struct.unpack(">I8xI4xI", data[at : at + 24])
    assert entries == 1
    assert round(sum(steps), 6) == len(steps)
    table = struct.pack(">4sII", b"stts", 0, len(steps)) + b"".join(
        struct.pack(">II", 1, round(each * step)) for each in steps
    )
    longer = struct.pack(">I", len(table) + 4) + table
    data = bytearray(data[:at] + longer + data[at + size :])
    for box in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        start = data.rindex(box) - 4
        struct.pack_into(">I", data, start, struct.unpack_from(">I", data, start)[0] + len(longer) - size)
    path.write_bytes(data)
    return path


def turned(path):
    """Turn the pictures of an .mp4 by a quarter, as a phone held upright does: in the container alone."""
    data = bytearray(path.read_bytes())
    matrix = data.rindex(b"tkhd") + 4 + 40
    one = 1 << 16
    struct.pack_into(">9i", data, matrix, 0, one, 0, -one, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def broken(path, first, end):
    """Wipe the packets of some frames of an .avi."""
    data = bytearray(path.read_bytes())
    at = data.index(b"movi") + 4
    for index in range(end):
        (size,) = struct.unpack_from("<I", data, at + 4)
        if index >= first:
            data[at + 8 : at + 8 + size] = bytes(size)
        at += 8 + size + size % 2
    path.write_bytes(data)
    return path


def with_frame_count(path, count):
    """Let the index of an .mp4 claim so many frames, all of one size."""
    data = bytearray(path.read_bytes())
    struct.pack_into(">I", data, data.rindex(b"stts") + 12, count)
    struct.pack_into(">II", data, data.rindex(b"stsz") + 8, 64, count)
    path.write_bytes(data)
    return path


def with_frame_count_of_avi(path, count):
    """Let the headers of an .avi promise so many frames."""
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.index(b"avih") + 8 + 16, count)
    struct.pack_into("<I", data, data.index(b"strh") + 8 + 32, count)
    path.write_bytes(data)
    return path


def bare_stream(path, source):
    """Take the packets of a file out of their container, and their times with it."""
    packets = cv2.VideoCapture(str(source), cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])
    content = b""
    while packets.grab():
        content += packets.retrieve()[1].tobytes()
    path.write_bytes(content)
    return path
