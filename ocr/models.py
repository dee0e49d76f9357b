"""The weights: where they come from, and the proof that they are the right ones.

The `rapidocr` wheel carries PaddleOCR's official PP-OCRv6 small weights as ONNX (Apache-2.0); the pinned
sha256 sums are those of its MODEL_LICENSES.md. PaddleOCR wants each model as a directory with
`inference.onnx` and `inference.yml`; this module prepares both once, under a cache directory.
"""

import hashlib
import importlib.util
import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

DETECTION = "PP-OCRv6_small_det"
RECOGNITION = "PP-OCRv6_small_rec"

PLATES = "anprlake_plates"
PLATE_WEIGHTS = Path(__file__).with_name("weights") / "plates.onnx"
"""The own plate detector: small, part of the project, the same wherever the other two come from."""

HUB = Path("hub")
"""As a model directory: let PaddleOCR fetch the models of these names from its own hub."""

_WHEEL_FILES = {DETECTION: "PP-OCRv6_det_small.onnx", RECOGNITION: "PP-OCRv6_rec_small.onnx"}
_WHEEL_SHA256 = {
    DETECTION: "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
    RECOGNITION: "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
}
_LOGGER_OF_PADDLEX = "paddlex"


class ModelError(Exception):
    """The weights are missing or are not the ones that they should be; the message is one line."""


@dataclass(frozen=True)
class Models:
    """Where PaddleOCR finds its two models, and which weights these are.

    A directory of None leaves the choice to PaddleOCR's hub. `versions` maps model name to the sha256 of its
    weights; for the hub, to the word `hub`, because PaddleOCR does not say what it fetched.
    """

    detection: Path | None
    recognition: Path | None
    versions: dict[str, str]


def find_models(directory: Path | None, cache: Path) -> Models:
    """Find the weights, check them, and have them in the form that PaddleOCR loads.

    Args:
        directory: None takes the weights out of the installed rapidocr wheel; `HUB` uses PaddleOCR's hub;
            any other directory holds `PP-OCRv6_small_det` and `PP-OCRv6_small_rec`, each with
            `inference.onnx` and `inference.yml`.
        cache: where the wheel's models are prepared; several processes may do this at once.

    Raises:
        ModelError: when a file is missing or its sha256 is not the pinned one.
    """
    if directory == HUB:
        os.environ.pop("PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK", None)
        return Models(None, None, {DETECTION: "hub", RECOGNITION: "hub"} | _own())
    os.environ["PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK"] = "True"
    if directory is not None:
        found = {name: _check_directory(directory / name) for name in (DETECTION, RECOGNITION)}
    else:
        found = {name: _prepare_from_wheel(name, cache) for name in (DETECTION, RECOGNITION)}
    versions = {name: sha256_of(path / "inference.onnx") for name, path in found.items()}
    return Models(found[DETECTION], found[RECOGNITION], versions | _own())


def _own() -> dict[str, str]:
    return {PLATES: sha256_of(PLATE_WEIGHTS)}


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file's bytes as hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def quiet_paddle() -> None:
    """Let Paddle's own loggers say only what is an error; call before and after importing paddleocr.

    Paddle logs every model creation, and its warnings would repeat in each Spark worker.
    """
    for name in (_LOGGER_OF_PADDLEX, "ppocr", "paddleocr"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _check_directory(path: Path) -> Path:
    for name in ("inference.onnx", "inference.yml"):
        if not (path / name).is_file():
            raise ModelError(f"model file {path / name} is missing")
    return path


def _prepare_from_wheel(name: str, cache: Path) -> Path:
    """Return the directory of one model under `cache`, made from the wheel's weights if need be."""
    expected = _WHEEL_SHA256[name]
    prepared = cache / f"{name}-{expected[:12]}"
    if not prepared.is_dir():
        weights = _wheel_weights(name)
        if sha256_of(weights) != expected:
            raise ModelError(f"{weights.name} of the rapidocr wheel is not the expected file: its sha256 differs")
        _publish(weights, _inference_yml(name, weights), prepared)
    onnx = _check_directory(prepared) / "inference.onnx"
    if sha256_of(onnx) != expected:
        raise ModelError(f"{onnx} was changed: its sha256 differs; remove {prepared} and run again")
    return prepared


def _wheel_weights(name: str) -> Path:
    spec = importlib.util.find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise ModelError("the package rapidocr, which carries the PP-OCRv6 weights, is not installed")
    weights = Path(spec.origin).parent / "models" / _WHEEL_FILES[name]
    if not weights.is_file():
        raise ModelError(f"the installed rapidocr wheel has no {_WHEEL_FILES[name]}")
    return weights


def _publish(weights: Path, inference_yml: dict[str, Any], prepared: Path) -> None:
    """Make the directory under another name and rename it: another process sees all of it or nothing."""
    prepared.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f".{prepared.name}-", dir=prepared.parent))
    try:
        shutil.copyfile(weights, making / "inference.onnx")
        with (making / "inference.yml").open("w", encoding="utf-8") as file:
            yaml.safe_dump(inference_yml, file, allow_unicode=True, sort_keys=False)
        making.chmod(0o755)
        making.rename(prepared)
    except OSError as error:
        # Another process was first: its directory is as good, the caller checks it.
        if not prepared.is_dir():
            raise ModelError(f"cannot prepare the model in {prepared}: {error.strerror}") from error
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _inference_yml(name: str, weights: Path) -> dict[str, Any]:
    """Return what PaddleOCR's own export would have written beside these weights."""
    if name == DETECTION:
        return {
            "Global": {"model_name": name},
            "PreProcess": {
                "transform_ops": [
                    {"DecodeImage": {"img_mode": "BGR", "channel_first": False}},
                    {"DetResizeForTest": {"resize_long": 960}},
                    {
                        "NormalizeImage": {
                            "mean": [0.485, 0.456, 0.406],
                            "std": [0.229, 0.224, 0.225],
                            "scale": 1.0 / 255.0,
                            "order": "hwc",
                        }
                    },
                    {"ToCHWImage": None},
                ]
            },
            "PostProcess": {
                "name": "DBPostProcess",
                "thresh": 0.3,
                "box_thresh": 0.6,
                "max_candidates": 1000,
                "unclip_ratio": 1.5,
            },
        }
    return {
        "Global": {"model_name": name},
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"img_mode": "BGR", "channel_first": False}},
                {"RecResizeImg": {"image_shape": [3, 48, 320]}},
            ]
        },
        "PostProcess": {"name": "CTCLabelDecode", "character_dict": _characters(weights)},
    }


def _characters(weights: Path) -> list[str]:
    """Read the recogniser's alphabet, in the order of its classes, from the ONNX file's own metadata."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(weights), providers=["CPUExecutionProvider"])
    lines: list[str] = session.get_modelmeta().custom_metadata_map["character"].split("\n")
    return lines
