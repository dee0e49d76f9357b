"""What every section of the settings is, and the kinds of value that they share."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from jobs.domain.errors import LakeError

Positive = Annotated[int, Field(gt=0)]
PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Days = Annotated[int, Field(gt=0, le=36525)]
"""At most a century: no rule knows longer, and no calendar holds any number of days."""
Share = Annotated[float, Field(gt=0, lt=1)]
Severity = Literal["critical", "warning", "info"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class SettingsError(LakeError):
    """A setting is missing, unknown or impossible; the message names the key, the value and what is allowed."""

    exit_code = 2


class Section(BaseModel):
    """A frozen group of settings that knows no other keys than its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")
