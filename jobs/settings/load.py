"""Reads and checks the settings: what is wrong is named by key, value and what is allowed."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from jobs.domain.variables import AHEAD_VARIABLE, CONF_VARIABLE
from jobs.settings.analytics import AnalyticsSettings
from jobs.settings.area import Area
from jobs.settings.consolidate import ConsolidateSettings
from jobs.settings.control import ControlSettings
from jobs.settings.ingest import IngestSettings, Partner
from jobs.settings.ocr import OcrSettings
from jobs.settings.quality import QualitySettings
from jobs.settings.report import ReportSettings
from jobs.settings.retention import RetentionSettings
from jobs.settings.section import Section, SettingsError
from jobs.settings.storage import StorageSettings, WritersSettings

ENVIRONMENT_PREFIX = "ANPRLAKE_"
_OF_RETENTION = ("limits", "ranks")
"""Keys of the section `retention` that stand in a file of their own."""
RUNTIME_VARIABLES = frozenset({CONF_VARIABLE, AHEAD_VARIABLE})


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
    control: ControlSettings
    report: ReportSettings
    partners: tuple[Partner, ...]

    def partners_on(self, day: date) -> dict[str, tuple[str, str]]:
        """Force and licence of each partner's source whose licence is in force on a day."""
        return {one.source: (one.force, one.licence) for one in self._agreements_on(day)}

    def areas_on(self, day: date) -> dict[str, Area]:
        """The area of each partner's source that has one, by the agreement in force on a day."""
        return {one.source: one.area for one in self._agreements_on(day) if one.area}

    def _agreements_on(self, day: date) -> Iterator[Partner]:
        return (one for one in self.partners if one.valid_from <= day <= (one.valid_to or date.max))


def conf_dir() -> Path:
    """The folder of the configuration: $ANPRLAKE_CONF, else conf/ beside the packages."""
    return Path(os.environ.get(CONF_VARIABLE) or Path(__file__).resolve().parents[2] / "conf")


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
    retention = values.get("retention")
    if not isinstance(retention, dict):
        raise SettingsError("retention: required key is missing")
    # The chosen profile is checked as retention.limits; nobody may set that or the ranks from lake.yaml.
    for key in _OF_RETENTION:
        if key in retention:
            raise SettingsError(f"retention.{key}: unknown key; it comes from retention.yaml")
    retention |= _policy(conf, retention.get("profile"))
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError("; ".join(_explain(detail) for detail in error.errors())) from None
    settings = _with_absolute_paths(settings, conf.resolve().parent)
    _require_apart(settings.storage, settings.control)
    return settings


def with_profile(settings: Settings, name: str, conf: Path | None = None) -> Settings:
    """The same under another retention profile of `conf/retention.yaml`.

    Raises:
        SettingsError: there is no such profile, or it is impossible.
    """
    try:
        retention = RetentionSettings.model_validate(
            settings.retention.model_dump() | {"profile": name} | _policy(conf or conf_dir(), name)
        )
    except ValidationError as error:
        raise SettingsError("; ".join(_explain(detail) for detail in error.errors())) from None
    return settings.model_copy(update={"retention": retention})


def _policy(conf: Path, name: object) -> dict[str, Any]:
    """A profile and the ranks as the file has them."""
    policy = _read_yaml(conf / "retention.yaml")
    profiles = policy.get("profiles")
    if not isinstance(profiles, dict):
        raise SettingsError("retention.yaml: profiles: required key is missing")
    if not isinstance(name, str) or name not in profiles:
        raise SettingsError(f"retention.profile = {name!r}: allowed is one of {', '.join(sorted(profiles))}")
    return {"limits": profiles[name], "ranks": policy.get("ranks")}


def _require_apart(storage: StorageSettings, control: ControlSettings) -> None:
    """What lies in another's folder would be taken in from there, or removed."""
    folders = {f"storage.{name}": _real(getattr(storage, name)) for name in ("root", "landing", "scratch")}
    keys = {"storage.token_key": storage.token_key} | {
        f"control.{name}": getattr(control, name) for name in ("signing_key", "suppression_key")
    }
    places = folders | {name: _real(place) for name, place in (*keys.items(), ("control.heads", control.heads))}
    for outer, folder in folders.items():
        for inner, place in places.items():
            if inner != outer and place.is_relative_to(folder):
                raise SettingsError(f"{inner} lies in {outer}: each needs a place of its own")


def _real(place: str) -> PurePosixPath:
    return PurePosixPath(place if "://" in place else Path(place).resolve())


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
        *sections, key = variable.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")
        if not sections:
            raise SettingsError(f"{variable}: unknown variable; allowed is {ENVIRONMENT_PREFIX}<SECTION>__<KEY>")
        inner: Any = values
        for number, section in enumerate(sections, start=1):
            inner = inner.setdefault(section, {})
            if not isinstance(inner, dict):
                raise SettingsError(f"{'.'.join(sections[:number])} = {inner!r}: a value, and no section of settings")
        inner[key] = text


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
    return [field for field in model.model_fields if field not in _OF_RETENTION]


def _with_absolute_paths(settings: Settings, base: Path) -> Settings:
    """Relative paths count from the folder that holds conf/, so that every process means the same place."""

    def absolute(value: str) -> str:
        return value if not value or "://" in value else str(base / value)

    places = ("root", "landing", "scratch", "token_key", "spark_secret")
    storage = {key: absolute(getattr(settings.storage, key)) for key in places}
    models = settings.ocr.models
    ocr = {
        "model_cache": absolute(settings.ocr.model_cache),
        "models": models if models in {"bundled", "hub"} else absolute(models),
    }
    return settings.model_copy(
        update={
            "storage": settings.storage.model_copy(update=storage),
            "ocr": settings.ocr.model_copy(update=ocr),
            "control": settings.control.model_copy(
                update={
                    key: absolute(getattr(settings.control, key)) for key in ("signing_key", "suppression_key", "heads")
                }
            ),
            "quality": settings.quality.model_copy(update={"suites": absolute(settings.quality.suites)}),
            "report": settings.report.model_copy(update={"tests": absolute(settings.report.tests)}),
        }
    )
