"""Certificates: what a purge did, signed; with one changed byte, another key or anything left it is none."""

import errno
import json
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.cli import main
from jobs.control.database import open_control
from jobs.control.heads import public_keys, sign_now
from jobs.control.log import entries
from jobs.lake.store import Store
from jobs.lake.tables import READS, RETENTION_LEDGER
from jobs.report.compliance.document import compliance_document
from jobs.retention import proof
from jobs.retention.certificate import CertificateError, verified
from jobs.retention.proof import ResidueError, proven_purge
from jobs.retention.purge.brake import BrakeError
from jobs.retention.purge.job import PurgeIncompleteError
from jobs.retention.residue.needles import Needles
from tests.factories import changed
from tests.retention.conftest import EXPIRED, LAST_KEPT, MARKS


@pytest.fixture
def allowed(lake):
    """The lake, all of which may go without an approval."""
    settings = changed(lake.settings, "retention.brake_share", 1.0)
    return replace(lake, settings=changed(settings, "retention.brake_files_share", 1.0))


def key_of(night):
    with open_control(night.settings) as control, control.reading() as connection:
        return public_keys(connection)[-1]


def certificates(night):
    return sorted((Path(night.store.root) / "governance/certificates").glob("*.json"))


def newest(night):
    return certificates(night)[-1].read_text()


def test_a_purge_ends_with_a_certificate_of_what_it_removed_looked_for_and_left(allowed):
    proven_purge(allowed)
    content = verified(newest(allowed), key_of(allowed))
    assert content["complete"]
    ledger = {row["table_name"]: row["rows_removed"] for row in allowed.store.rows(RETENTION_LEDGER)}
    assert {one["place"]: one["rows"] for one in content["removed"]} == ledger
    assert ledger["restricted.reads"] == 2
    scan = content["scan"]
    assert (scan["control"], scan["canary_found"], scan["marks_looked_for"], scan["finds"]) == (
        {"files": 2, "finds": 4}, True, 2, [],
    )  # fmt: skip
    (reads,) = [one for one in content["remains"] if one["table"] == "restricted.reads"]
    assert (reads["oldest"], reads["goes_on"]) == (str(LAST_KEPT), "2026-11-21")
    page = (Path(allowed.store.root) / "governance/certificate.html").read_text()
    assert 'class="verdict held"' in page
    assert not [mark for mark in MARKS if mark in page + newest(allowed)]
    with open_control(allowed.settings) as control, control.reading() as connection:
        kinds = [kind for _, _, kind, _ in entries(connection)]
    assert kinds[-2:] == ["residue_scan", "certificate"]
    _report_tells_of_it_until_it_is_changed(allowed)


def _report_tells_of_it_until_it_is_changed(night):
    (purge,) = compliance_document(night, sign_now(night.settings))["purges"]
    told = purge["certificate"]
    assert [told[name] for name in ("signed", "complete", "marks_looked_for", "finds")] == [True, True, 2, 0]
    file = certificates(night)[-1]
    file.write_text(file.read_text().replace('"marks_looked_for": 2', '"marks_looked_for": 3'))
    found = compliance_document(night, sign_now(night.settings))
    assert found["purges"][0]["certificate"]["signed"] is False
    assert found["problems"] == ["The certificate of the last purge is not as it was signed."]


def test_a_purge_that_fails_before_its_ledger_is_in_the_next_ones_and_in_its_certificate(allowed, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(allowed.store, "append_rows", full, raising=True)
        with pytest.raises(OSError, match="No space left"):
            proven_purge(replace(allowed, run_id="full-disk"))
    assert allowed.store.rows_by_day(READS).keys() == {LAST_KEPT}
    assert (allowed.store.rows(RETENTION_LEDGER), certificates(allowed)) == ([], [])
    proven_purge(allowed)
    ledger = allowed.store.rows(RETENTION_LEDGER)
    (of_reads,) = [row for row in ledger if row["table_name"] == "restricted.reads" and row["rows_removed"]]
    assert (of_reads["run_id"], of_reads["rows_removed"]) == ("full-disk", 2)
    assert len({row["log_position"] for row in ledger}) == len(ledger)
    content = verified(newest(allowed), key_of(allowed))
    assert content["complete"]
    went = [(one["run_id"], one["rows"]) for one in content["removed"] if one["place"] == "restricted.reads"]
    assert went == [("full-disk", 2), ("test-run", 0)]

    _, *others = [row for row in ledger if row["run_id"] == "test-run"]  # a log that has begun anew may be shorter
    assert others
    allowed.store.append_rows(RETENTION_LEDGER, [row | {"run_id": "lost", "log_position": 10_000} for row in others])
    proven_purge(replace(allowed, run_id="test-run-2"))
    assert "test-run-2" in {row["run_id"] for row in allowed.store.rows(RETENTION_LEDGER)}
    assert {one["run_id"] for one in verified(newest(allowed), key_of(allowed))["removed"]} == {"test-run-2"}


def test_what_a_certificate_that_could_not_be_written_tells_is_told_by_the_next(allowed):
    folder = Path(allowed.store.root) / "governance/certificates"
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.touch()
    with pytest.raises(OSError, match="certificates"):
        proven_purge(replace(allowed, run_id="unwritten"))
    folder.unlink()
    proven_purge(allowed)
    content = verified(newest(allowed), key_of(allowed))
    went = {one["run_id"]: one["rows"] for one in content["removed"] if one["place"] == "restricted.reads"}
    assert went == {"unwritten": 2, "test-run": 0}


def test_what_nobody_approved_is_neither_purged_nor_certified(lake):
    with pytest.raises(BrakeError):
        proven_purge(lake)
    assert certificates(lake) == []


def test_one_changed_byte_anywhere_or_another_key_and_it_is_no_certificate(allowed):
    proven_purge(allowed)
    text, key = newest(allowed), key_of(allowed)
    last_digit = text.index('=="')
    for place in (*range(0, len(text), 7), *(last_digit + offset for offset in range(-3, 3))):
        for other in {"x", "y", chr(ord(text[place]) ^ 1)} - {text[place]}:
            with pytest.raises(CertificateError):
                verified(f"{text[:place]}{other}{text[place + 1 :]}", key)
    for wrong in ("", "{}", "[]", text + " ", text[:-1], json.dumps({"certificate": {}, "signature": ""})):
        with pytest.raises(CertificateError):
            verified(wrong, key)
    with pytest.raises(CertificateError, match="another key has signed it"):
        verified(text, "3b" * 32)
    with pytest.raises(CertificateError, match="64 hexadecimal digits"):
        verified(text, "key")


def test_somebody_who_has_the_file_and_the_key_needs_nothing_else(allowed, tmp_path, monkeypatch, capsys):
    proven_purge(allowed)
    file = tmp_path / "certificate.json"
    file.write_text(newest(allowed))
    monkeypatch.setenv("ANPRLAKE_STORAGE__ROOT", str(tmp_path / "no lake"))
    with pytest.raises(SystemExit) as ended:
        main(["certificate", "verify", str(file), "--key", key_of(allowed)])
    assert ended.value.code == 0
    assert "the purge as of 2026-11-20 removed 6 rows" in capsys.readouterr().out
    assert not (tmp_path / "no lake").exists()


def test_what_was_left_is_certified_as_left_and_the_run_fails(allowed, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Store, "vacuum", lambda *_: None)
        with pytest.raises(ResidueError, match="things that should not be there"):
            proven_purge(allowed)
    content = verified(newest(allowed), key_of(allowed))
    assert not content["complete"]
    assert any("restricted/reads/" in find["path"] for find in content["scan"]["finds"])
    page = (Path(allowed.store.root) / "governance/certificate.html").read_text()
    assert 'class="verdict broken"' in page

    again = replace(allowed, run_id="again")
    proven_purge(again)
    content = next(verified(one.read_text(), key_of(again)) for one in certificates(again) if "again" in one.name)
    assert (content["complete"], content["scan"]["marks_looked_for"]) == (True, 0)  # dates only: the marks are gone


def test_a_place_that_cannot_be_purged_is_named_in_the_certificate(allowed):
    log = Path(allowed.store.path(READS)) / "_delta_log" / f"{allowed.store.version(READS):020}.json"
    log.write_text("{")
    with pytest.raises(PurgeIncompleteError, match=r"restricted\.reads"):
        proven_purge(allowed)
    content = verified(newest(allowed), key_of(allowed))
    assert (content["complete"], content["still_there"]) == (False, ["restricted.reads"])


def test_a_scan_that_misses_what_was_planted_certifies_nothing(allowed, monkeypatch):
    real = proof.scan
    monkeypatch.setattr(proof, "scan", lambda *arguments: replace(real(*arguments), canary=False))
    with pytest.raises(ResidueError):
        proven_purge(allowed)
    assert not verified(newest(allowed), key_of(allowed))["complete"]


def test_marks_that_were_looked_for_are_nowhere_written_down(allowed, monkeypatch):
    seen = []
    real = proof.scan
    monkeypatch.setattr(
        proof, "scan", lambda night, needles, parts: seen.append(needles) or real(night, needles, parts)
    )
    proven_purge(allowed)
    (needles,) = seen
    assert isinstance(needles, Needles)
    assert needles.marks == set(MARKS[:2])
    assert EXPIRED < LAST_KEPT
    for file in Path(allowed.store.root).rglob("*"):
        content = file.read_bytes() if file.is_file() and file.suffix != ".parquet" else b""
        assert not [mark for mark in MARKS[:2] if mark.encode() in content], file
