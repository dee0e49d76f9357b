"""The other side of the reading benchmarks: PaddleOCR as it comes, on whole frames, without plate rules or tracking."""

import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
from paddleocr import TextDetection, TextRecognition

from ocr.models import DETECTION, RECOGNITION, Models
from ocr.vrm import normalise

_SIDE = 960


class PlainPaddle:
    """Detection at 960 pixels and recognition of every box, as PaddleOCR's own pipeline does it, on one thread."""

    def __init__(self, models: Models) -> None:
        common = {"engine": "onnxruntime", "device": "cpu", "engine_config": {"intra_op_num_threads": 1}}
        self._detection = TextDetection(
            model_name=DETECTION, model_dir=str(models.detection), limit_side_len=_SIDE, limit_type="max", **common
        )
        self._recognition = TextRecognition(model_name=RECOGNITION, model_dir=str(models.recognition), **common)

    def read(self, image) -> list[str]:
        """Texts of one frame, normalised."""
        boxes = self._detection.predict(image, batch_size=1)[0]["dt_polys"]
        crops = [crop for crop in (_crop(image, box) for box in boxes) if crop.size]
        if not crops:
            return []
        return [normalise(result["rec_text"]) for result in self._recognition.predict(crops, batch_size=8)]

    def read_video(self, path: Path, every: int, first: int = 0) -> tuple[Counter[str], float, int]:
        """Texts of every `every`-th frame from `first` on, with counts, the seconds it took, the frames looked at."""
        video, texts, looked = cv2.VideoCapture(str(path)), Counter(), 0
        began = time.perf_counter()
        number = 0
        while video.grab():
            if number % every == first:
                texts.update(self.read(video.retrieve()[1]))
                looked += 1
            number += 1
        return texts, time.perf_counter() - began, looked


def _crop(image, box):
    x, y, w, h = cv2.boundingRect(np.asarray(box, np.float32))
    return image[max(y, 0) : y + h, max(x, 0) : x + w]
