from pathlib import Path

import pytest

from jobs.footage.working_files import WorkingFiles, remove_working_files
from jobs.lake.storage import LinkError


@pytest.fixture
def working(tmp_path):
    return WorkingFiles(str(tmp_path), "now")


def test_a_file_comes_back_and_one_that_was_not_written_is_none(working):
    working.put("f1", "range_00000.json", "{}")
    assert working.get("f1", "range_00000.json") == b"{}"
    assert working.get("f1", "range_00001.json") is None


def test_what_a_killed_writer_left_is_not_finished(working, tmp_path):
    working.put("f1", "range_00000.json", "{}")
    (tmp_path / "restricted/_reading/now/f1/unfinished_1").write_text("{")
    assert working.finished() == {("f1", "range_00000.json")}


def test_files_lie_in_the_restricted_zone_and_an_empty_lake_has_none(working, tmp_path):
    assert working.finished() == set()
    assert remove_working_files(str(tmp_path)) == 0
    working.put("f1", "outline.json", "{}")
    assert {path.name for path in tmp_path.iterdir()} == {"restricted"}


def test_a_link_among_them_leads_nobody_away(working, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "theirs").touch()
    working.put("f1", "outline.json", "{}")
    (tmp_path / "restricted/_reading/now/f2").symlink_to(outside)
    with pytest.raises(LinkError, match=r"^restricted/_reading has a link in it"):
        remove_working_files(str(tmp_path))
    assert (outside / "theirs").exists()


def test_those_that_are_still_needed_stay(working, tmp_path):
    for name in ("new", "read"):
        working.put(name, "outline.json", "{}")
        WorkingFiles(str(tmp_path), "before").put(name, "outline.json", "{}")
    assert remove_working_files(str(tmp_path), {"new"}, "now") == 3
    left = [path.relative_to(tmp_path).parts for path in Path(tmp_path).rglob("*.json")]
    assert left == [("restricted", "_reading", "now", "new", "outline.json")]
    assert not (tmp_path / "restricted/_reading/before").exists()
    assert remove_working_files(str(tmp_path)) == 1
    assert list((tmp_path / "restricted").iterdir()) == []
