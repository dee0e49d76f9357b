"""No plate, place or key outside its zone: not in governance, analytics, Delta logs, or anything that is printed."""

import re
from pathlib import Path

import pytest

from jobs.lake.tables import CAMERAS, READS, Zone
from tests.lake_contents import files_as_text, log_texts


@pytest.fixture(scope="module")
def secrets(first_night):
    """Plates long enough not to occur by chance, cameras' coordinates, and the token key."""
    plates = {row.vrm for row in first_night.store.read(READS).select("vrm").distinct().collect() if len(row.vrm) >= 6}
    cameras = first_night.store.read(CAMERAS).where("latitude IS NOT NULL").collect()
    places = {str(value) for row in cameras for value in (row.latitude, row.longitude)}
    key = Path(first_night.settings.storage.token_key).read_text()
    assert len(plates) > 100
    return plates, places, key


def leaks(text, secrets):
    plates, places, key = secrets
    words = set(re.findall(r"[A-Z0-9]{6,}", text))
    return sorted(words & plates) + [place for place in places if place in text] + (["key"] * (key in text))


def test_the_search_would_find_a_leak(secrets):
    plates, places, key = secrets
    assert leaks(f"x {next(iter(plates))} y", secrets)
    assert leaks(f"at {next(iter(places))}", secrets)
    assert leaks(f"key={key}", secrets)


@pytest.mark.parametrize("zone", [Zone.GOVERNANCE, Zone.ANALYTIC])
def test_no_plate_place_or_key_in_the_open_zones(first_night, secrets, zone):
    folder = Path(first_night.store.root, zone)
    texts = list(files_as_text(folder))
    assert texts
    assert {str(path): leaks(text, secrets) for path, text in texts if leaks(text, secrets)} == {}


def test_no_camera_id_in_the_open_zones(first_night):
    cameras = [row.camera_id for row in first_night.store.read(CAMERAS).collect()]
    pattern = re.compile(r"\b(" + "|".join(cameras) + r")\b")
    for zone in (Zone.GOVERNANCE, Zone.ANALYTIC):
        for path, text in files_as_text(Path(first_night.store.root, zone)):
            assert not pattern.search(text), path


def test_no_plate_place_or_key_in_any_delta_log(first_night, secrets):
    found = {str(path): leaks(text, secrets) for path, text in log_texts(Path(first_night.store.root))}
    assert found
    assert {path: leaked for path, leaked in found.items() if leaked} == {}
