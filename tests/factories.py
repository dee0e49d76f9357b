"""Small makers of what many tests need."""

from typing import TypeVar

from pydantic import BaseModel

Model = TypeVar("Model", bound=BaseModel)


def changed(settings: Model, key: str, value: object) -> Model:
    """Settings with one of their keys, named as in `quality.checks.camera_silent.severity`, set to a value."""
    name, _, rest = key.partition(".")
    assert name in type(settings).model_fields
    return settings.model_copy(update={name: changed(getattr(settings, name), rest, value) if rest else value})
