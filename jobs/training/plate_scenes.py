"""Pictures with known plate boxes to train the plate detector on: crops of real frames, drawn vehicles, drawn plates.

Recipe: two thirds are crops of dashcam frames with boxes (plates_ro, its train split), some with drawn plates pasted
in; one third shows drawn vehicles before such frames. Text that is no plate is pasted in as well: the network must not
take every panel with letters for one. All at the scales at which the detector sees plates, 20 to 180 pixels wide.
"""

import csv
import math
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from jobs.simulate.plates import PlateStyle, draw_plate
from jobs.simulate.vehicle_picture import PX_PER_MM, Body, VehiclePicture, draw_vehicle
from jobs.simulate.vehicles import FORMATS, vrms_of
from ocr.plates import PlateDetector

Grey = npt.NDArray[np.uint8]
Boxes = npt.NDArray[np.float32]
"""n by 4: left, top, right, bottom in pixels."""

SIZE = (320, 192)
"""Width and height of a scene in pixels."""
_PLATE_PX = (20.0, 180.0)
_LEAST_PX = 16.0
"""Narrower plates cannot be read: nothing is asked of the network there."""
_REAL_SHARE = 0.66
_SURE = 0.6
_DETECTOR_SIDE = 640
_PLATES, _VEHICLES = 600, 200
"""How many are drawn; then they are taken again, seen in another way."""
_LEAST_VISIBLE = 0.8
_SEEN_FROM = date(2026, 1, 1)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_TRIPLEX, cv2.FONT_HERSHEY_COMPLEX)


@dataclass(frozen=True)
class Scene:
    """A grey picture, the boxes of its plates, and boxes where nothing is asked.

    Those are plates cut off, too small, or overlooked by the truth.
    """

    picture: Grey
    plates: Boxes
    ignored: Boxes


class SceneMaker:
    """Makes scenes without end; the same seed makes the same ones."""

    def __init__(self, data: Path, seed: int, weights: Path | None = None) -> None:
        """Load the frames.

        Args:
            data: the folder of plates_ro, with `boxes.csv` and `images`; only its train split is read.
            seed: the same seed makes the same scenes.
            weights: of an earlier cycle. Nothing is asked where it is sure of a plate that `boxes.csv` does not have:
                four of five such are plates that were overlooked.
        """
        self._random = np.random.default_rng(seed)
        boxes: dict[str, list[list[float]]] = {}
        with (data / "boxes.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["split"] == "train":
                    boxes.setdefault(row["image"], []).append([float(row[k]) for k in ("xmin", "ymin", "xmax", "ymax")])
        self._boxes = [np.array(found, np.float32) for found in boxes.values()]
        read = (cv2.imread(str(data / "images" / name), cv2.IMREAD_GRAYSCALE) for name in boxes)
        self._frames = [np.asarray(frame, np.uint8) for frame in read]
        detector = PlateDetector(threads=1, weights=weights) if weights else None
        self._overlooked = [
            _overlooked(detector, frame, known) for frame, known in zip(self._frames, self._boxes, strict=True)
        ]
        self._vehicles: list[VehiclePicture] = []
        self._plates: list[Grey] = []

    def scene(self) -> Scene:
        """Make one scene."""
        random = self._random
        real = random.random() < _REAL_SHARE
        picture, plates, overlooked = self._real_crop(aimed=real and random.random() < 0.85)
        found = [plates]
        if not real:
            boxes, bodies = self._with_vehicles(picture)
            # A vehicle may hide a real plate: what is left of it is no plate.
            found = [boxes, np.array([p for p in plates if not _meets(p, bodies)], np.float32).reshape(-1, 4)]
        for _ in range(int(random.choice(4, p=(0.5, 0.25, 0.15, 0.1)))):
            self._paste_panel(picture, np.concatenate(found))
        for _ in range(int(random.choice(3, p=(0.6, 0.25, 0.15)))):
            box = self._paste_plate(picture, np.concatenate(found))
            found.append(box)
        angle = float(random.normal(0, 3))
        whole, cut = _inside(_turned_boxes(np.concatenate(found), angle))
        ignored = np.concatenate([cut, *_inside(_turned_boxes(overlooked, angle))])
        return Scene(self._exposed(_turned(picture, angle)), whole, ignored)

    def _real_crop(self, *, aimed: bool) -> tuple[Grey, Boxes, Boxes]:
        """A part of a real frame, its plates and the overlooked ones, at a scale that makes a plate fit the network."""
        random = self._random
        index = int(random.integers(len(self._frames)))
        frame, boxes = self._frames[index], self._boxes[index]
        height, width = frame.shape
        box = boxes[int(random.integers(len(boxes)))]
        wanted = math.exp(random.uniform(math.log(_PLATE_PX[0]), math.log(_PLATE_PX[1])))
        # Most at the scale of a whole frame shrunk to the network, the others at any.
        usual = random.random() < 0.5
        scale = random.uniform(0.38, 0.66) if usual else float(np.clip(wanted / (box[2] - box[0]), 0.3, 1.6))
        w, h = min(SIZE[0] / scale, width), min(SIZE[1] / scale, height)
        middle = (box[:2] + box[2:]) / 2 if aimed else random.uniform((0, 0), (width, height))
        left = float(np.clip(middle[0] - random.uniform(0.1, 0.9) * w, 0, width - w))
        top = float(np.clip(middle[1] - random.uniform(0.1, 0.9) * h, 0, height - h))
        part = frame[int(top) : int(top + h), int(left) : int(left + w)]
        shrink = cv2.INTER_AREA if random.random() < 0.5 else cv2.INTER_LINEAR
        picture = cv2.resize(part, SIZE, interpolation=shrink)
        ratio = np.array([SIZE[0] / part.shape[1], SIZE[1] / part.shape[0]] * 2, np.float32)
        flipped = bool(random.random() < 0.3)
        if flipped:
            picture = cv2.flip(picture, 1)

        def moved(boxes: Boxes) -> Boxes:
            to = (boxes - np.array([int(left), int(top)] * 2, np.float32)) * ratio
            if flipped:
                to = np.stack([SIZE[0] - to[:, 2], to[:, 1], SIZE[0] - to[:, 0], to[:, 3]], axis=1)
            seen = (to[:, 0] < SIZE[0]) & (to[:, 2] > 0) & (to[:, 1] < SIZE[1]) & (to[:, 3] > 0)
            return to[seen]

        return np.asarray(picture, np.uint8), moved(boxes), moved(self._overlooked[index])

    def _vehicle(self) -> VehiclePicture:
        random = self._random
        if len(self._vehicles) < _VEHICLES:
            vrm, style = self._vrm_and_style()
            body: Body = ("car", "car", "van", "lorry")[int(random.integers(4))]
            drawn = draw_vehicle(
                vrm, style, body, "front" if random.random() < 0.5 else "rear",
                night=random.random() < 0.3, seed=int(random.integers(1 << 30)),
            )  # fmt: skip
            # The finest level shows more than any scene, and 200 of them would take 1 GB.
            self._vehicles.append(replace(drawn, levels=drawn.levels[1:]))
            return self._vehicles[-1]
        return self._vehicles[int(random.integers(_VEHICLES))]

    def _plate(self) -> Grey:
        if len(self._plates) < _PLATES:
            drawn = draw_plate(*self._vrm_and_style(), px_per_mm=0.5)
            self._plates.append(np.asarray(cv2.cvtColor(drawn, cv2.COLOR_BGR2GRAY), np.uint8))
            return self._plates[-1]
        return self._plates[int(self._random.integers(_PLATES))]

    def _vrm_and_style(self) -> tuple[str, PlateStyle]:
        random = self._random
        if random.random() < 0.25:
            vrm = "".join(random.choice(list(_LETTERS + "0123456789"), int(random.integers(4, 9))))
        else:
            kind = FORMATS[int(random.choice(len(FORMATS) - 1, p=(0.6, 0.1, 0.1, 0.1, 0.1)))]
            vrm = str(vrms_of(kind, 1, _SEEN_FROM, random)[0])
        colour = ("white", "yellow", "black")[int(random.choice(3, p=(0.45, 0.45, 0.1)))]
        two, band, old = (bool(random.random() < share) for share in (0.25, 0.35, 0.2))
        return vrm, PlateStyle(colour, two_lines=two, band=band, old=old)  # type: ignore[arg-type]

    def _with_vehicles(self, picture: Grey) -> tuple[Boxes, Boxes]:
        """Draw one vehicle, sometimes two, into the picture; return the boxes of their plates and of their bodies."""
        random = self._random
        boxes: list[npt.NDArray[np.float32]] = []
        bodies: list[npt.NDArray[np.float32]] = []
        for _ in range(1 + int(random.random() < 0.25)):
            vehicle = self._vehicle()
            width = math.exp(random.uniform(math.log(_PLATE_PX[0]), math.log(150)))
            px_per_mm = width / vehicle.plate_mm[0]
            at = random.uniform((0.1, 0.15), (0.9, 0.95)) * SIZE
            turn = _turn(random, yaw=32, roll=5)
            quad = (_corners(-np.array(vehicle.origin_mm), vehicle.size_mm) * px_per_mm) @ turn.T + at
            plate = (_corners(-np.array(vehicle.plate_mm) / 2, vehicle.plate_mm) * px_per_mm) @ turn.T + at
            level = vehicle.level_for(PX_PER_MM / 2 / px_per_mm)
            grey = np.asarray(cv2.cvtColor(level[:, :, :3], cv2.COLOR_BGR2GRAY), np.uint8)
            _lay(picture, grey, level[:, :, 3], quad, premultiplied=True)
            box = _around(plate)
            bodies.append(_around(quad))
            boxes = [b for b in boxes if not _meets(b, bodies[-1][None])]
            boxes.append(box)
        return np.array(boxes, np.float32), np.array(bodies, np.float32)

    def _paste_plate(self, picture: Grey, taken: Boxes) -> Boxes:
        """A plate without a vehicle, where no other one is; none when there is no room."""
        random = self._random
        plate = self._plate()
        width = math.exp(random.uniform(math.log(_PLATE_PX[0]), math.log(_PLATE_PX[1])))
        width *= plate.shape[1] / 260  # a two-line plate is half as wide
        size = np.array([width, width * plate.shape[0] / plate.shape[1]])
        at = random.uniform((0.05, 0.05), (0.95, 0.95)) * SIZE
        quad = _corners(-size / 2, size) @ _turn(random, yaw=45, roll=10).T + at
        box = _around(quad)
        if _meets(box, taken):
            return np.zeros((0, 4), np.float32)
        if random.random() < 0.6:  # the dark or light surround of a bumper
            x0, y0, x1, y1 = (box + np.array([-1, -1, 1, 1]) * random.uniform(2, 14)).astype(int).tolist()
            cv2.rectangle(picture, (x0, y0), (x1, y1), (int(random.integers(10, 200)),), -1)
        light = random.uniform(0.35, 1.1)
        _lay(picture, np.clip(plate * light, 0, 255).astype(np.uint8), np.full_like(plate, 255), quad)
        return box[None]

    def _paste_panel(self, picture: Grey, taken: Boxes) -> None:
        """A sign, an advert, a clock: text on a panel that is no plate, by its shape or by its text."""
        random = self._random
        kind = int(random.integers(3))
        ground, ink = (int(v) for v in random.permutation([random.integers(0, 90), random.integers(130, 255)]))
        if kind == 0:  # a clock or site name, burnt in
            day = f"{random.integers(1990, 2030)}-{random.integers(10, 13)}-{random.integers(10, 32)}"
            text = f"{day} 12:{random.integers(10, 60)}"
        elif kind == 1:
            text = " ".join("".join(random.choice(list(_LETTERS), int(random.integers(3, 9)))) for _ in range(2))
        else:  # a road number, a price, a speed limit
            text = str(random.integers(1, 999))
        size = random.uniform(0.3, 1.1)
        font = _FONTS[int(random.integers(len(_FONTS)))]
        (width, height), _ = cv2.getTextSize(text, font, size, 1)
        margin = int(random.uniform(2, 14))
        x, y = (int(v) for v in random.uniform((0, 0), SIZE))
        box = np.array([x, y, x + width + 2 * margin, y + height + 2 * margin], np.float32)
        if _meets(box, taken):
            return
        if random.random() < 0.8:
            cv2.rectangle(picture, (x, y), (int(box[2]), int(box[3])), (ground,), -1)
        where = (x + margin, y + margin + height)
        cv2.putText(picture, text, where, font, size, (ink,), int(random.integers(1, 3)), cv2.LINE_AA)

    def _exposed(self, picture: Grey) -> Grey:
        """Another exposure, blur, noise and compression."""
        random = self._random
        table = 255 * (np.arange(256) / 255) ** math.exp(random.normal(0, 0.35))
        table = np.clip((table - 127) * random.uniform(0.55, 1.25) + 127 + random.normal(0, 14), 0, 255)
        picture = np.asarray(cv2.LUT(picture, table.astype(np.uint8)), np.uint8)
        if random.random() < 0.3:
            reach = int(random.integers(2, 5))
            kernel = np.ones((1, reach) if random.random() < 0.5 else (reach, 1), np.float32) / reach
            picture = np.asarray(cv2.filter2D(picture, -1, kernel), np.uint8)
        if random.random() < 0.5:
            noise = random.normal(0, random.uniform(1, 9), picture.shape).astype(np.float32)
            picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
        if random.random() < 0.3:
            _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(35, 90))])
            picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
        return picture


def _overlooked(detector: PlateDetector | None, frame: Grey, known: Boxes) -> Boxes:
    """Boxes that a detector is sure of and that are none of the known ones, n by 4."""
    if detector is None:
        return np.zeros((0, 4), np.float32)
    found = detector.find(np.repeat(frame[:, :, None], 3, axis=2), _DETECTOR_SIDE, least_score=_SURE)
    boxes = np.array([(x, y, x + w, y + h) for x, y, w, h in (box.rect for box in found)], np.float32).reshape(-1, 4)
    return boxes[[not _meets(box, known) for box in boxes]] if len(boxes) else boxes


def _turned(picture: Grey, angle: float) -> Grey:
    """The camera rolled by some degrees."""
    matrix = cv2.getRotationMatrix2D((SIZE[0] / 2, SIZE[1] / 2), angle, 1.0)
    turned = cv2.warpAffine(picture, matrix, SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(turned, np.uint8)


def _turned_boxes(boxes: Boxes, angle: float) -> Boxes:
    """Upright boxes around what they were around, which turned with the picture."""
    if not len(boxes):
        return boxes
    matrix = cv2.getRotationMatrix2D((SIZE[0] / 2, SIZE[1] / 2), angle, 1.0)
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2 @ matrix[:, :2].T + matrix[:, 2]
    half = (boxes[:, 2:] - boxes[:, :2]) / 2
    sine, cosine = abs(math.sin(math.radians(angle))), math.cos(math.radians(angle))
    grown = half @ np.array([[cosine, sine], [sine, cosine]])
    turned: Boxes = np.concatenate([middle - grown, middle + grown], axis=1).astype(np.float32)
    return turned


def _corners(
    top_left: npt.NDArray[np.float64], size: tuple[float, float] | npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    x, y = top_left
    w, h = size
    return np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], np.float64)


def _turn(random: np.random.Generator, yaw: float, roll: float) -> npt.NDArray[np.float64]:
    """Two by two: a plane turned about the vertical, seen a little from above, and the camera's roll."""
    a, b = math.radians(random.uniform(-yaw, yaw)), math.radians(random.normal(0, roll / 2))
    pitch = math.radians(random.uniform(0, 25))
    plane = np.array([[math.cos(a), 0.0], [math.sin(a) * math.sin(pitch), math.cos(pitch)]])
    turn = np.array([[math.cos(b), -math.sin(b)], [math.sin(b), math.cos(b)]])
    return np.asarray(turn @ plane, np.float64)


def _around(quad: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    box: npt.NDArray[np.float32] = np.concatenate([quad.min(axis=0), quad.max(axis=0)]).astype(np.float32)
    return box


def _meets(box: npt.NDArray[np.float32], others: Boxes) -> bool:
    return bool(((box[:2] < others[:, 2:]) & (others[:, :2] < box[2:])).all(axis=1).any())


def _lay(
    picture: Grey, patch: Grey, alpha: Grey, quad: npt.NDArray[np.float64], *, premultiplied: bool = False
) -> None:
    """Warp a patch onto a quad of the picture, in place."""
    height, width = patch.shape
    matrix = cv2.getPerspectiveTransform(
        _corners(np.zeros(2), (width, height)).astype(np.float32), quad.astype(np.float32)
    )
    # Shrinking without aliasing: the patch is blurred by what it shrinks.
    shrink = width / max(float(np.hypot(*(quad[1] - quad[0]))), 1.0)
    if shrink > 1.5:
        patch = np.asarray(cv2.blur(patch, (round(shrink), round(shrink))), np.uint8)
    through = cv2.warpPerspective(alpha, matrix, SIZE, flags=cv2.INTER_LINEAR).astype(np.float32) / 255
    warped = cv2.warpPerspective(patch, matrix, SIZE, flags=cv2.INTER_LINEAR).astype(np.float32)
    mixed = picture * (1 - through) + (warped if premultiplied else warped * through)
    np.copyto(picture, np.clip(mixed, 0, 255).astype(np.uint8))


def _inside(boxes: Boxes) -> tuple[Boxes, Boxes]:
    """Boxes that are in the picture, cut at its edges, and those of which too little is, or which are too small."""
    if not len(boxes):
        return boxes, boxes
    limits = np.array(SIZE * 2, np.float32)
    cut = np.clip(boxes, 0, limits)
    area, seen = (np.prod(b[:, 2:] - b[:, :2], axis=1) for b in (boxes, cut))
    whole = (seen >= _LEAST_VISIBLE * area) & (boxes[:, 2] - boxes[:, 0] >= _LEAST_PX)
    return cut[whole], cut[~whole & (seen > 0)]
