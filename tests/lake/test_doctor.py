"""The doctor: what is damaged is named by table, version and file, whatever the damage is, and nothing else is."""

import shutil
from datetime import date
from pathlib import Path

import pytest
import typer

from jobs.commands import upkeep
from jobs.lake import frames
from jobs.lake.damage import DamagedTableError
from jobs.lake.doctor import examine
from jobs.lake.store import Store
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


def test_data_files_without_their_log_are_no_table_that_was_never_made(night, file):
    shutil.rmtree(file.parents[1] / "_delta_log")
    store = Store(lambda: night.store.spark, night.store.root)
    assert [str(damage) for damage in examine(store, SIGHTINGS)] == ["restricted.sightings: log: _delta_log"]
    with pytest.raises(DamagedTableError, match=r"restricted\.sightings is damaged: its log is missing"):
        store.append_rows(SIGHTINGS, [sighting(DAY)])


def test_one_bit_anywhere_in_a_file_that_executors_wrote_is_found_deep(night):
    written = frames.write(
        night.store.frame(SIGHTINGS, [sighting(DAY) for _ in range(200)]), night.store.data_files(SIGHTINGS)
    )
    night.store.add_files(SIGHTINGS, written)
    path = Path(night.store.path(SIGHTINGS)) / written[0].path
    whole = path.read_bytes()
    assert examine(night.store, SIGHTINGS, deep=True) == []
    for at in range(0, len(whole), len(whole) // 40):
        content = bytearray(whole)
        content[at] ^= 1 << at % 8
        path.write_bytes(content)
        assert len(examine(night.store, SIGHTINGS, deep=True)) == 1


def test_a_name_of_a_column_that_is_no_text_any_more_is_damage(night, file):
    file.write_bytes(file.read_bytes().replace(b"sighting_id", b"\xffighting_id"))
    assert [damage.what for damage in examine(night.store, SIGHTINGS, deep=True)] in (["footer"], ["content"])
