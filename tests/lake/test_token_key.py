"""A lake knows its token key: no other one is taken, and a lost one is never made anew over tokens."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from jobs.domain.private_file import load_key
from jobs.domain.tokens import site_code
from jobs.lake.tables import ANALYTIC_READS, CAMERAS
from jobs.lake.token_key import FINGERPRINT, TokenKeyError

NIGHT = date(2026, 11, 20)


@pytest.fixture
def key_file(night):
    """The key's file, of a lake that has used it."""
    assert night.token_key == load_key(night.settings.storage.token_key, "storage.token_key")
    return Path(night.settings.storage.token_key)


def another_run(night):
    return replace(night, run_id="another")


def test_a_new_lake_has_a_key_made_and_knows_it(night, key_file):
    assert another_run(night).token_key == night.token_key
    kept = Path(night.store.root, "governance", FINGERPRINT).read_text()
    assert kept not in key_file.read_text()
    assert key_file.read_text() not in kept


def test_a_lost_key_is_an_error_that_says_what_to_do_and_no_new_one_is_made(night, key_file):
    key_file.unlink()
    with pytest.raises(TokenKeyError, match="the file is missing, and the lake has tokens of it: put it back"):
        _ = another_run(night).token_key
    assert not key_file.exists()


def test_another_key_is_an_error_that_says_what_to_do(night, key_file):
    key_file.write_text("5e" * 32)
    with pytest.raises(TokenKeyError, match="not the key of this lake's tokens: put that back"):
        _ = another_run(night).token_key


def test_a_lake_that_does_not_know_its_key_yet_learns_it_and_makes_none_over_tokens(night, key_file):
    known = Path(night.store.root, "governance", FINGERPRINT)
    text = known.read_text()
    known.unlink()
    texts = dict.fromkeys(("read_token", "vehicle_token", "site_code", "vrm_format", "run_id"), "x")
    times = {"captured_at": datetime(2026, 11, 20, tzinfo=UTC), "process_date": NIGHT, "capture_date": NIGHT}
    row = {**texts, **times, "direction": "unknown", "source_kinds": [], "flags": []}
    night.store.append_rows(ANALYTIC_READS, [row])
    moved = key_file.rename(key_file.with_name("moved"))
    with pytest.raises(TokenKeyError, match="the file is missing"):
        _ = another_run(night).token_key
    moved.rename(key_file)
    assert another_run(night).token_key
    assert known.read_text() == text


@pytest.mark.parametrize("lost", [None, ""])
def test_a_lake_that_has_lost_what_it_knows_of_its_key_takes_none_that_did_not_make_its_codes(night, key_file, lost):
    camera = {"camera_id": "F001", "kind": "fixed", "cordon": "none", "valid_from": NIGHT}
    night.store.replace_rows(CAMERAS, [camera | {"site_code": site_code(night.token_key, "F001")}])
    known, right = Path(night.store.root, "governance", FINGERPRINT), key_file.read_text()
    known.unlink() if lost is None else known.write_text(lost)
    key_file.write_text("5e" * 32)
    with pytest.raises(TokenKeyError, match="not the key of this lake's tokens"):
        _ = another_run(night).token_key
    assert not (known.exists() and known.read_text())
    key_file.write_text(right)
    assert another_run(night).token_key == night.token_key
