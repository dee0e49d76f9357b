"""The doctor: what is damaged is named by table, version and file, whatever the damage is, and nothing else is."""

from datetime import date
from pathlib import Path

import pytest
import typer

from jobs.commands import upkeep
from jobs.lake.doctor import examine
from jobs.lake.tables import CATALOGUE, SIGHTINGS
from tests.factories import sighting

DAY = date(2026, 11, 20)


@pytest.fixture
def file(night) -> Path:
    """The data file of a table of one commit, of two."""
    night.store.append_rows(SIGHTINGS, [sighting(date(2026, 11, 19))])
    night.store.append_rows(SIGHTINGS, [sighting(DAY) for _ in range(2000)])
    return next(Path(night.store.path(SIGHTINGS)).glob(f"capture_date={DAY}/*.parquet"))


def overwrite(file: Path, at: int) -> None:
    """Other bytes in the place of some, so that only what they mean is wrong."""
    content = bytearray(file.read_bytes())
    place = slice(at, at + 64) if at >= 0 else slice(len(content) + at, len(content) + at + 64)
    content[place] = bytes(255 - byte for byte in content[place])
    file.write_bytes(content)


DAMAGES = {
    "missing": lambda file: file.unlink(),
    "size": lambda file: file.write_bytes(file.read_bytes()[:-1]),
    "footer": lambda file: overwrite(file, -200),
}


def test_a_sound_lake_has_no_damage_and_tables_that_were_never_made_are_none(night, file):
    assert file.exists()
    assert [examine(night.store, table, deep=True) for table in CATALOGUE] == [[]] * len(CATALOGUE)


@pytest.mark.parametrize("what", DAMAGES)
def test_a_damaged_file_is_named_and_the_others_are_not(night, file, what):
    DAMAGES[what](file)
    (damage,) = examine(night.store, SIGHTINGS)
    version = night.store.version(SIGHTINGS)
    assert str(damage) == f"restricted.sightings version {version}: {what}: capture_date={DAY}/{file.name}"


def test_values_that_cannot_be_decoded_are_found_deep(night, file):
    overwrite(file, 40)
    assert examine(night.store, SIGHTINGS) == []
    assert [damage.what for damage in examine(night.store, SIGHTINGS, deep=True)] == ["content"]


@pytest.mark.usefixtures("file")
def test_a_file_of_other_rows_than_the_log_says_is_damaged(night):
    log = Path(night.store.path(SIGHTINGS)) / "_delta_log" / f"{night.store.version(SIGHTINGS):020}.json"
    log.write_text(log.read_text().replace('\\"numRecords\\":2000', '\\"numRecords\\":2001'))
    assert [damage.what for damage in examine(night.store, SIGHTINGS)] == ["rows"]


def test_a_log_that_cannot_be_read_is_named_and_the_command_ends_with_1(night, file, monkeypatch, capsys):
    places = ("root", "landing", "scratch", "token_key")
    for name in places:
        monkeypatch.setenv(f"ANPRLAKE_STORAGE__{name.upper()}", str(getattr(night.settings.storage, name)))
    with pytest.raises(typer.Exit) as well:
        upkeep.doctor()
    assert (well.value.exit_code, capsys.readouterr().out) == (0, "0 damaged\n")
    (file.parents[1] / "_delta_log" / f"{night.store.version(SIGHTINGS):020}.json").write_text("{")
    with pytest.raises(typer.Exit) as ill:
        upkeep.doctor()
    assert ill.value.exit_code == 1
    assert capsys.readouterr().out == "restricted.sightings: log: _delta_log\n1 damaged\n"
