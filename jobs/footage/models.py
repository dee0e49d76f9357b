"""The weights that read plates, as the settings name them; without Spark, so that `anprlake read` needs none."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.domain.errors import LakeError

if TYPE_CHECKING:
    from ocr.models import Models
    from ocr.reader import PlateReader


class ModelsMissingError(LakeError):
    """The weights cannot be used; the message is that of `ocr.models`."""


def require_models(models: str, model_cache: str) -> dict[str, str]:
    """Check the weights before any work.

    Returns:
        Model names and the sha256 of their weights.

    Raises:
        ModelsMissingError: they are missing or not the right ones.
    """
    from ocr.models import ModelError

    try:
        return _find(models, model_cache).versions
    except ModelError as error:
        raise ModelsMissingError(f"ocr.models: {error}") from None


@cache
def plate_reader(models: str, model_cache: str) -> "PlateReader":
    """This process's reader: the models are loaded once."""
    from ocr.reader import PlateReader

    return PlateReader(_find(models, model_cache))


def _find(models: str, model_cache: str) -> "Models":
    from ocr.models import find_models

    return find_models(directory_of(models), Path(model_cache))


def directory_of(models: str) -> Path | None:
    """The folder of `ocr.models`; None for the bundled ones."""
    from ocr.models import HUB

    return {"bundled": None, "hub": HUB}.get(models, Path(models))
