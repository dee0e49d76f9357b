"""`anprlake read`: what it prints of a passage, and what it leaves in the folder of annotated copies."""

import hashlib
import json
import os

import cv2
import pytest

from jobs.domain.errors import LakeError
from jobs.report import passages
from jobs.settings import load_settings
from ocr.passage import settle
from ocr.video import FootageError
from tests.ocr.clips import road
from tests.ocr.looks import look, track_of

MODELS = {"a_model": "0123"}


class FakeReader:
    def read_photo(self, path, seen_on):
        if path.stat().st_size == 0:
            raise FootageError("empty", "the file has no bytes")
        return (settle(track_of(*(look(i / 2, 60, 60 + 60 * i) for i in range(3))), seen_on),)


@pytest.fixture
def photo(tmp_path, monkeypatch):
    monkeypatch.setattr(passages, "require_models", lambda *_: MODELS)
    monkeypatch.setattr(passages, "plate_reader", lambda *_: FakeReader())
    cv2.imwrite(str(tmp_path / "a.png"), road())
    return tmp_path / "a.png"


def read(*files, **options):
    return passages.read_files(files, load_settings(), seen_on=None, **options)


def test_json_has_all_that_is_needed_to_repeat_the_read(photo, capsys):
    assert read(photo, as_json=True) == 0
    (row,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert row["sha256"] == hashlib.sha256(photo.read_bytes()).hexdigest()
    assert row["models"] == MODELS
    assert row["software"].startswith("anprlake ")
    assert (row["vrm"], row["frame"], row["box"], row["looks"]) == ("AB12CDE", 0, [60, 60, 100, 20], 3)
    assert row["candidates"][0]["vrm"] == "AB12CDE"


def test_a_pipe_is_named_and_not_waited_for(photo, capsys):
    os.mkfifo(pipe := photo.with_name("pipe.png"))
    assert read(pipe, photo, as_json=False) == 1
    told = capsys.readouterr()
    assert "pipe.png: not_video" in told.err
    assert "AB12CDE" in told.out


def test_the_table_names_the_mark(photo, capsys):
    assert read(photo, as_json=False) == 0
    assert "AB12CDE" in capsys.readouterr().out


@pytest.mark.parametrize("terminal", ["1", "0"], ids=["terminal", "piped"])
@pytest.mark.parametrize("columns", ["40", "80"])
def test_no_width_cuts_a_mark(photo, monkeypatch, capsys, columns, terminal):
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("TTY_COMPATIBLE", terminal)
    long = photo.with_name("a_photo_with_a_name_of_fifty_characters_of_a_camera.png")
    photo.rename(long)
    assert read(long, as_json=False) == 0
    out = capsys.readouterr().out
    assert out.count("AB12CDE") == 2  # the mark and its raw text
    assert "…" not in out


def test_annotated_copies_go_into_a_folder_that_is_made(photo, tmp_path):
    assert read(photo, as_json=True, annotate=tmp_path / "new" / "folder") == 0
    assert cv2.imread(str(tmp_path / "new/folder/a.png")).shape == cv2.imread(str(photo)).shape


def test_a_file_that_cannot_be_read_has_no_copy_and_stops_no_other(photo, tmp_path, capsys):
    (tmp_path / "empty.png").touch()
    assert read(tmp_path / "empty.png", photo, as_json=True, annotate=tmp_path / "out") == 1
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.png"]
    assert "empty.png: empty" in capsys.readouterr().err


def test_the_files_themselves_are_never_overwritten(photo):
    before = photo.read_bytes()
    with pytest.raises(LakeError, match="--annotate"):
        read(photo, as_json=True, annotate=photo.parent)
    assert photo.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_one_clear_error(photo):
    with pytest.raises(LakeError, match="cannot make the folder"):
        read(photo, as_json=True, annotate=photo / "below")
