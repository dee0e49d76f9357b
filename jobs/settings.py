"""The lake's settings: frozen, validated, from the files of conf/ and ANPRLAKE_* variables."""

import os
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from jobs.domain.errors import LakeError

ENVIRONMENT_PREFIX = "ANPRLAKE_"
CONF_VARIABLE = "ANPRLAKE_CONF"
RUNTIME_VARIABLES = frozenset({CONF_VARIABLE})

Positive = Annotated[int, Field(gt=0)]
PositiveFloat = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(gt=0, lt=1)]
Severity = Literal["critical", "warning", "info"]
Owner = Annotated[str, Field(min_length=1)]


class SettingsError(LakeError):
    """A setting is missing, unknown or impossible; the message names the key, the value and what is allowed."""

    exit_code = 2


class Section(BaseModel):
    """A frozen group of settings that knows no other keys than its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StorageSettings(Section):
    """Where tables, landing files, working files and the token key lie."""

    root: str
    landing: str
    scratch: str
    token_key: str


class IngestSettings(Section):
    """Limits on what a feed may bring."""

    max_line_bytes: Positive
    max_message_bytes: Positive
    payload_chars: Positive
    max_vrm_chars: Positive
    max_file_bytes: Positive
    max_image_pixels: Positive
    max_camera_move_m: PositiveFloat
    hotlist_max_days: Positive
    hotlist_min_characters: Positive
    hotlist_max_bytes: Positive


class Partner(Section):
    """A partner's feed, and the agreement under which its reads may be used; dates are those of arrival."""

    source: Annotated[str, Field(pattern=r"^[0-9]{1,9}-[0-9]{1,9}$")]
    force: Annotated[str, Field(min_length=1)]
    licence: Annotated[str, Field(min_length=1)]
    valid_from: date
    valid_to: date | None = None


class OcrSettings(Section):
    """Which weights read the footage, how files are spread, and what reading one may take."""

    models: str
    model_cache: str
    minutes_per_task: PositiveFloat
    reader_memory_mb: Positive
    reader_seconds: PositiveFloat


class ConsolidateSettings(Section):
    """When sightings are one passage."""

    passage_gap_seconds: PositiveFloat


class QualitySettings(Section):
    """Where the expectation suites lie; what of a day is unusual by its cameras' history, how grave that is, and whose.

    Of each check `<check>_severity` and `<check>_owner`.
    """

    suites: str
    owner: Owner
    history_days: Positive
    history_min_days: Positive
    history_spread: PositiveFloat
    camera_silent_severity: Severity
    camera_silent_owner: Owner
    camera_silent_min_reads: Positive
    camera_few_reads_severity: Severity
    camera_few_reads_owner: Owner
    camera_few_reads_share: Share
    camera_rubbish_severity: Severity
    camera_rubbish_owner: Owner
    camera_rubbish_min_reads: Positive
    camera_rubbish_share: Share
    camera_rubbish_confidence: Share
    clock_offset_severity: Severity
    clock_offset_owner: Owner
    clock_offset_s: PositiveFloat
    clock_jumped_severity: Severity
    clock_jumped_owner: Owner
    clock_jumped_s: PositiveFloat
    feed_stopped_severity: Severity
    feed_stopped_owner: Owner
    feed_stopped_share: Share
    clock_sample_reads: Positive
    clock_window_minutes: PositiveFloat
    clock_min_way_pairs: Positive
    clock_min_pairs: Positive
    clock_asymmetry: Share

    def of_check(self, name: str) -> tuple[str, str]:
        """Severity and owner of a check against history."""
        return getattr(self, f"{name}_severity"), getattr(self, f"{name}_owner")


class AnalyticsSettings(Section):
    """Parameters of journeys, clones and convoys."""

    journey_gap_minutes: Positive
    max_speed_kmh: PositiveFloat
    clone_min_distance_km: PositiveFloat
    clone_min_hops: Positive
    convoy_window_days: Positive
    convoy_headway_seconds: PositiveFloat
    convoy_min_cameras: Annotated[int, Field(ge=2)]
    convoy_min_days: Positive
    convoy_habit_seconds: PositiveFloat
    convoy_alpha: Annotated[float, Field(gt=0, lt=1)]


class RetentionProfile(Section):
    """Maximum ages in days from capture, by retention class, and the policy they come from."""

    source: str
    reads_days: Positive
    general_access_days: Positive
    images_days: Positive
    footage_days: Positive
    landing_days: Positive
    governance_days: Positive

    @model_validator(mode="after")
    def nothing_outlives_the_reads(self) -> "RetentionProfile":
        """Footage, images, landing files and open access end with the read at the latest."""
        for key in ("general_access_days", "images_days", "footage_days", "landing_days"):
            value = getattr(self, key)
            if value > self.reads_days:
                msg = f"{key} = {value}: allowed is at most reads_days = {self.reads_days}"
                raise ValueError(msg)
        return self


class RetentionSettings(Section):
    """The profile in force, by name and in full."""

    profile: str
    limits: RetentionProfile


class WritersSettings(Section):
    """How long a command waits for another one that writes."""

    wait_seconds: PositiveFloat


class Settings(Section):
    """All settings; build it with `load_settings`."""

    storage: StorageSettings
    ingest: IngestSettings
    ocr: OcrSettings
    consolidate: ConsolidateSettings
    quality: QualitySettings
    analytics: AnalyticsSettings
    retention: RetentionSettings
    writers: WritersSettings
    partners: tuple[Partner, ...]

    def partners_on(self, day: date) -> dict[str, tuple[str, str]]:
        """Force and licence of each partner's source whose licence is in force on a day."""
        return {
            one.source: (one.force, one.licence)
            for one in self.partners
            if one.valid_from <= day <= (one.valid_to or date.max)
        }


def conf_dir() -> Path:
    """The folder of the configuration: $ANPRLAKE_CONF, else conf/ beside the packages."""
    return Path(os.environ.get(CONF_VARIABLE) or Path(__file__).resolve().parents[1] / "conf")


def load_settings(conf: Path | None = None, environment: dict[str, str] | None = None) -> Settings:
    """Read and check the settings.

    Args:
        conf: folder with lake.yaml and retention.yaml; `conf_dir()` when None.
        environment: variables that override keys; the process's own when None.

    Raises:
        SettingsError: a file or key is missing, a key is unknown, or a value is impossible.
    """
    conf = conf or conf_dir()
    values = _read_yaml(conf / "lake.yaml") | _read_yaml(conf / "partners.yaml")
    _override(values, os.environ if environment is None else environment)
    profiles = _read_yaml(conf / "retention.yaml").get("profiles")
    if not isinstance(profiles, dict):
        raise SettingsError("retention.yaml: profiles: required key is missing")
    retention = values.get("retention")
    if not isinstance(retention, dict):
        raise SettingsError("retention: required key is missing")
    name = retention.get("profile")
    if not isinstance(name, str) or name not in profiles:
        raise SettingsError(f"retention.profile = {name!r}: allowed is one of {', '.join(sorted(profiles))}")
    # The chosen profile is checked as retention.limits; nobody may set it from lake.yaml.
    if "limits" in retention:
        raise SettingsError("retention.limits: unknown key; allowed are profile")
    retention["limits"] = profiles[name]
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError("; ".join(_explain(detail) for detail in error.errors())) from None
    return _with_absolute_paths(settings, conf.resolve().parent)


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"{path.name} is missing in {path.parent}; set {CONF_VARIABLE} to the folder of the settings"
        ) from None
    except yaml.YAMLError as error:
        raise SettingsError(f"{path.name} is no YAML: {error}") from None
    if not isinstance(values, dict):
        raise SettingsError(f"{path.name} holds no mapping of settings")
    return values


def _override(values: dict[str, Any], environment: "os._Environ[str] | dict[str, str]") -> None:
    """Put ANPRLAKE_SECTION__KEY variables over the values of the file; an unknown key is left for validation."""
    for variable, text in environment.items():
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable in RUNTIME_VARIABLES:
            continue
        section, separator, key = variable.removeprefix(ENVIRONMENT_PREFIX).lower().partition("__")
        if not separator:
            raise SettingsError(f"{variable}: unknown variable; allowed is {ENVIRONMENT_PREFIX}<SECTION>__<KEY>")
        if isinstance(values.setdefault(section, {}), dict):  # else validation names the section
            values[section][key] = text


def _explain(detail: ErrorDetails) -> str:
    """One error of pydantic as: key = value: what is allowed."""
    key = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "missing":
        return f"{key}: required key is missing"
    if detail["type"] == "extra_forbidden":
        return f"{key}: unknown key; allowed are {', '.join(_keys_beside(detail['loc']))}"
    if detail["type"] == "value_error":  # a rule over several keys names them itself
        return f"{key}: {detail['ctx']['error']}"
    return f"{key} = {detail['input']!r}: {detail['msg'][0].lower()}{detail['msg'][1:]}"


def _keys_beside(location: tuple[int | str, ...]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in location[:-1]:
        if isinstance(part, str):  # a number is a place in a list
            annotation = model.model_fields[part].annotation
            inner = next((one for one in get_args(annotation) if isinstance(one, type)), annotation)
            assert isinstance(inner, type)  # noqa: S101 - sections are plain classes; this tells mypy
            model = inner
    return [field for field in model.model_fields if field != "limits"]


def _with_absolute_paths(settings: Settings, base: Path) -> Settings:
    """Relative paths count from the folder that holds conf/, so that every process means the same place."""

    def absolute(value: str) -> str:
        return value if "://" in value else str(base / value)

    storage = {key: absolute(value) for key, value in settings.storage.model_dump().items()}
    ocr = settings.ocr.model_dump()
    ocr["model_cache"] = absolute(ocr["model_cache"])
    if ocr["models"] not in {"bundled", "hub"}:
        ocr["models"] = absolute(ocr["models"])
    return settings.model_copy(
        update={
            "storage": StorageSettings(**storage),
            "ocr": OcrSettings(**ocr),
            "quality": settings.quality.model_copy(update={"suites": absolute(settings.quality.suites)}),
        }
    )
