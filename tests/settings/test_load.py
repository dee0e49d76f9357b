"""Settings: what is wrong is named by key, value and what is allowed."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from jobs.settings import SettingsError, conf_dir, load_settings


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """A copy of the project's own configuration that a test may break."""
    folder = tmp_path / "conf"
    folder.mkdir()
    for name in ("lake.yaml", "retention.yaml", "partners.yaml"):
        shutil.copy(conf_dir() / name, folder / name)
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def error_of(conf: Path, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(conf, environment or {})
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_the_projects_own_settings_are_valid_with_either_profile():
    for profile, days in (("acpo_2011", 730), ("nasple_12m", 365)):
        settings = load_settings(environment={"ANPRLAKE_RETENTION__PROFILE": profile})
        assert settings.retention.profile == profile
        assert settings.retention.limits.reads.days == days
        assert [tier.until_days for tier in settings.retention.limits.access] == [90, days]


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("ANPRLAKE_INGEST__PAYLOAD_CHARS", "0", "ingest.payload_chars = '0': input should be greater than 0"),
        ("ANPRLAKE_INGEST__PAYLOAD_CHARS", "many", "ingest.payload_chars = 'many': input should be a valid integer"),
        ("ANPRLAKE_ANALYTICS__CONVOYS__ALPHA", "1", "analytics.convoys.alpha = '1': input should be less than 1"),
        (
            "ANPRLAKE_ANALYTICS__CONVOYS__HEADWAY_SECONDS",
            "inf",
            "convoys.headway_seconds = 'inf': input should be a finite",
        ),
        ("ANPRLAKE_ANALYTICS__CONVOYS__MIN_CAMERAS", "1", "analytics.convoys.min_cameras = '1': input should be"),
        (
            "ANPRLAKE_QUALITY__CHECKS__CAMERA_SILENT__SEVERITY",
            "fatal",
            "checks.camera_silent.severity = 'fatal': input should be 'critical'",
        ),
        ("ANPRLAKE_QUALITY__CHECKS__FEED_STOPPED__OWNER", "", "checks.feed_stopped.owner = '': string should have at"),
        (
            "ANPRLAKE_QUALITY__HISTORY__SPAN",
            "1",
            "quality.history.span: unknown key; allowed are days, min_days, ",
        ),
        (
            "ANPRLAKE_INGEST__PAYLOAD_CHARS__MOST",
            "1",
            "ingest.payload_chars = 2048: a value, and no section",
        ),
        ("ANPRLAKE_INGEST__PAYLOAD", "1", "ingest.payload: unknown key; allowed are max_line_bytes, max_message_bytes"),
        ("ANPRLAKE_FEEDS__LIMIT", "1", "feeds: unknown key; allowed are storage, ingest, ocr"),
        ("ANPRLAKE_VERBOSE", "1", "ANPRLAKE_VERBOSE: unknown variable; allowed is ANPRLAKE_<SECTION>__<KEY>"),
        ("ANPRLAKE_RETENTION__PROFILE", "for_ever", "retention.profile = 'for_ever': allowed is one of acpo_2011"),
        ("ANPRLAKE_RETENTION__LIMITS", "9999", "retention.limits: unknown key; it comes from retention.yaml"),
        ("ANPRLAKE_RETENTION__DAYS", "9999", "retention.days: unknown key; allowed are profile"),
    ],
)
def test_a_wrong_variable_is_named_with_its_value_and_what_is_allowed(conf, variable, value, expected):
    assert expected in error_of(conf, {variable: value})


@pytest.mark.parametrize(("key", "days"), [("images", 365), ("footage", 90), ("landing", 90)])
def test_nothing_may_outlive_the_reads(conf, key, days):
    edit(conf / "retention.yaml", f"{key}: {{days: {days}", f"{key}: {{days: 731")
    assert f"{key}.days = 731: allowed is at most reads.days = 730" in error_of(conf)


def test_no_profile_is_longer_than_the_law_allows(conf):
    edit(conf / "retention.yaml", "reads: {days: 730", "reads: {days: 731")
    assert "reads.days = 731: allowed is at most 730" in error_of(conf)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('reads: {days: 730, dpia: "ANPR 2011-1"', "reads: {days: 730", "limits.reads.dpia: required key is missing"),
        ('images: {days: 365, dpia: "ANPR 2011-1"', 'images: {days: 365, dpia: ""', "limits.images.dpia = '': string"),
        (
            'images: {days: 365, dpia: "ANPR 2011-1"',
            'images: {days: 365, dpia: " "',
            "limits.images.dpia = ' ': string",
        ),
        ("governance: {days: 2555", "governance: {days: 36526", "governance.days = 36526: input should be less than"),
        ("footage: {days: 90", "footage: {days: 0", "limits.footage.days = 0: input should be greater than 0"),
        ("footage: {days: 90", "footage: {days: -1", "limits.footage.days = -1: input should be greater than 0"),
        ("until_days: 730", "until_days: 729", "they must rise, the last one to reads.days = 730"),
        ("until_days: 90", "until_days: 800", "until_days are [800, 730]: they must rise"),
        ("rank: superintendent", "rank: sheriff", "access: rank = 'sheriff': allowed is one of staff, constable"),
        ("ranks: [", "grades: [", "retention.ranks = None: input should be a valid tuple"),
        ("in_force_from: 2011-06-21", "in_force_from: soon", "limits.in_force_from = 'soon': input should be"),
    ],
)
def test_what_is_wrong_with_a_profile_is_named(conf, old, new, expected):
    edit(conf / "retention.yaml", old, new)
    assert expected in error_of(conf)


def test_no_profile_is_in_force_before_its_day(conf):
    settings = load_settings(conf, {"ANPRLAKE_RETENTION__PROFILE": "nasple_12m"})
    settings.retention.require_in_force(date(2018, 1, 1))
    with pytest.raises(SettingsError, match="in force from 2018-01-01 on, not on 2017-12-31"):
        settings.retention.require_in_force(date(2017, 12, 31))


def test_all_that_is_wrong_is_told_at_once(conf):
    message = error_of(conf, {"ANPRLAKE_INGEST__PAYLOAD_CHARS": "-1", "ANPRLAKE_OCR__READER__MEMORY_MB": "0"})
    assert "ingest.payload_chars" in message
    assert "ocr.reader.memory_mb" in message


def test_a_missing_key_is_named(conf):
    edit(conf / "lake.yaml", "    seconds: 1800", "    # seconds: 1800")
    assert error_of(conf) == "ocr.reader.seconds: required key is missing"


def test_a_missing_section_of_retention_is_named(conf):
    edit(conf / "lake.yaml", "retention:\n  profile: acpo_2011", "")
    assert error_of(conf) == "retention: required key is missing"


def test_missing_profiles_are_named(conf):
    (conf / "retention.yaml").write_text("profile: {}\n", encoding="utf-8")
    assert error_of(conf) == "retention.yaml: profiles: required key is missing"


@pytest.mark.parametrize("value", ["[acpo_2011]", "{a: b}", "12"])
def test_a_profile_that_is_no_name_is_named(conf, value):
    edit(conf / "lake.yaml", "profile: acpo_2011", f"profile: {value}")
    assert "retention.profile = " in error_of(conf)


@pytest.mark.parametrize("section", ["storage:", "storage: demo"])
def test_a_section_that_is_no_mapping_is_named_even_where_a_variable_overrides_one_of_its_keys(conf, section):
    text = (conf / "lake.yaml").read_text(encoding="utf-8").split("\n\ningest:")[1]
    (conf / "lake.yaml").write_text(f"{section}\n\ningest:{text}", encoding="utf-8")
    assert error_of(conf, {"ANPRLAKE_STORAGE__ROOT": "elsewhere"}).startswith("storage = ")


@pytest.mark.parametrize(("text", "expected"), [("a: [", "is no YAML"), ("- a", "holds no mapping"), ("", "holds no")])
def test_a_file_that_is_no_mapping_is_named(conf, text, expected):
    (conf / "lake.yaml").write_text(text, encoding="utf-8")
    assert error_of(conf).startswith(f"lake.yaml {expected}")


def test_a_missing_file_is_named_with_the_variable_that_says_where_it_is_looked_for(tmp_path):
    message = error_of(tmp_path)
    assert message.startswith("lake.yaml is missing in ")
    assert "ANPRLAKE_CONF" in message


def test_the_folder_of_the_settings_may_be_named_by_the_environment(conf, monkeypatch):
    edit(conf / "lake.yaml", "payload_chars: 2048", "payload_chars: 77")
    monkeypatch.setenv("ANPRLAKE_CONF", str(conf))
    assert load_settings(environment={"ANPRLAKE_CONF": str(conf)}).ingest.payload_chars == 77


def test_a_variable_overrides_the_file_and_other_variables_are_passed_over(conf):
    settings = load_settings(conf, {"ANPRLAKE_CONSOLIDATE__PASSAGE_GAP_SECONDS": "2.5", "PATH": "/bin", "ANPR": "1"})
    assert settings.consolidate.passage_gap_seconds == 2.5


def test_relative_paths_count_from_the_folder_that_holds_conf_and_uris_stay(conf):
    settings = load_settings(
        conf, {"ANPRLAKE_STORAGE__ROOT": "s3a://force/lake", "ANPRLAKE_STORAGE__LANDING": "/data/landing"}
    )
    assert settings.storage.root == "s3a://force/lake"
    assert settings.storage.landing == "/data/landing"
    assert settings.storage.token_key == str(conf.parent / "demo/token.key")
    assert settings.quality.suites == str(conf.parent / "expectations")
    assert settings.ocr.model_cache == str(conf.parent / ".cache/models")


@pytest.mark.parametrize("uri", ["file:///data/a%20lake", "file:/data/a lake", "FILE://localhost/data/a lake"])
def test_a_uri_of_a_local_file_is_its_path(conf, uri):
    keys = ("root", "landing", "scratch", "token_key")
    storage = load_settings(conf, {f"ANPRLAKE_STORAGE__{key.upper()}": f"{uri}/{key}" for key in keys}).storage
    assert {key: getattr(storage, key) for key in keys} == {key: f"/data/a lake/{key}" for key in keys}


@pytest.mark.parametrize(
    ("inner", "place", "outer"),
    [
        ("root", "/data/landing", "landing"), ("root", "/data/landing/2020-01-01/fixed/lake", "landing"),
        ("landing", "/data/x/../lake/in", "root"), ("token_key", "/data/landing/2026-11-20/token.key", "landing"),
        ("token_key", "/data/lake/token.key", "root"), ("scratch", "/data/lake/restricted", "root"),
        ("landing", "s3a://force/lake/landing", "root"),
    ],
)  # fmt: skip
def test_no_place_may_lie_in_another(conf, inner, place, outer):
    far = place.startswith("s3a:")
    places = {"root": "s3a://force/lake" if far else "/data/lake", "landing": "/data/landing", inner: place}
    message = error_of(conf, {f"ANPRLAKE_STORAGE__{key.upper()}": value for key, value in places.items()})
    pairs = ((inner, outer), (outer, inner))
    assert any(f"storage.{one} lies in storage.{other}" in message for one, other in pairs)


def test_places_that_only_begin_alike_lie_apart(conf):
    places = {"ROOT": "/data/lake", "LANDING": "/data/lake-landing", "TOKEN_KEY": "/data/lake.key"}
    assert load_settings(conf, {f"ANPRLAKE_STORAGE__{key}": value for key, value in places.items()})


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("TOKEN_KEY", "s3a://force/token.key", "allowed is a path of this machine, and no URI"),
        ("SCRATCH", "hdfs://host/scratch", "allowed is a path of this machine, and no URI"),
        ("ROOT", "s3a:/force/lake", "allowed is a path or <scheme>://<name>/…"),
        ("LANDING", "file://host/landing", "allowed is file:///<path>"),
        ("ROOT", "", "string should have at least 1 character"),
        ("UMASK", "777", "string should match pattern"),
        ("UMASK", "u=rwx", "string should match pattern"),
    ],
)
def test_a_place_that_cannot_be_is_named(conf, key, value, expected):
    message = error_of(conf, {f"ANPRLAKE_STORAGE__{key}": value})
    assert message.startswith(f"storage.{key.lower()}")
    assert expected in message


@pytest.mark.parametrize(("models", "absolute"), [("bundled", False), ("hub", False), ("weights/own", True)])
def test_models_are_a_name_or_a_folder(conf, models, absolute):
    found = load_settings(conf, {"ANPRLAKE_OCR__MODELS": models}).ocr.models
    assert found == (str(conf.parent / models) if absolute else models)


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ("local_time_zone: Europe/London", "local_time_zone: Europe/Londn", "ingest.local_time_zone"),
        ("local_time_zone: Europe/London", "local_time_zone: Europe", "ingest.local_time_zone"),
        ("south: 49.8", "south: 62", "ingest.area"),
        ("south: 49.8", "south: -91", "ingest.area.south"),
        ('unread: "?*_#"', 'unread: "*_#"', "ingest.vrms.unread"),
        ('unread: "?*_#"', 'unread: "?A"', "ingest.vrms.unread"),
        ("UNKNOWN, ", "No Plate, ", "ingest.vrms.placeholders.0"),
    ],
)
def test_what_is_no_zone_area_or_mark_is_named(conf, good, bad, told):
    edit(conf / "lake.yaml", good, bad)
    with pytest.raises(SettingsError, match=re.escape(told)):
        load_settings(conf, {})


def test_a_partner_may_have_an_area_of_its_own(conf):
    edit(conf / "partners.yaml", "valid_to: null", "valid_to: null, area: {south: 1, west: 2, north: 3, east: 4}")
    areas = load_settings(conf, {}).areas_on(date(2026, 11, 20))
    assert {source: area.holds(2, 3) for source, area in areas.items()} == {"11-1": True}


def test_a_partner_may_send_while_its_licence_is_in_force(conf):
    edit(conf / "partners.yaml", "valid_to: null", "valid_to: 2025-12-31")
    settings = load_settings(conf, {})
    assert set(settings.partners_on(date(2025, 12, 31))) == {"11-1", "12-2"}
    assert settings.partners_on(date(2026, 1, 1)) == {"12-2": ("WESTMOOR", "ISA-2024-021")}
    assert settings.partners_on(date(2023, 12, 31)) == {}


def test_what_is_wrong_with_a_partner_is_named(conf):
    edit(conf / "partners.yaml", "force: NORLAND", "owner: NORLAND")
    assert "partners.0.owner: unknown key; allowed are source, force, licence, valid_from, valid_to" in error_of(conf)
    assert "partners.0.force: required key is missing" in error_of(conf)
    edit(conf / "partners.yaml", '"11-1"', '"11"')
    assert "partners.0.source = '11': string should match pattern" in error_of(conf)
