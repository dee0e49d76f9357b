"""Buckets that keep old versions: the purge is refused before it removes anything."""

from types import SimpleNamespace

import pytest

from jobs.retention import proof
from jobs.retention.purge import versioned
from jobs.retention.purge.versioned import VersionedError, require_no_old_versions
from jobs.runtime.night import RunSummary


def night_of(root, landing="landing"):
    storage = SimpleNamespace(root=root, landing=landing)
    return SimpleNamespace(settings=SimpleNamespace(storage=storage), store=SimpleNamespace(spark=None))


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
@pytest.mark.parametrize("places", [("s3a://anpr/lake", "landing"), ("lake", "s3a://anpr/landing")])
def test_versioning_on_or_suspended_is_refused_wherever_it_is(monkeypatch, status, places):
    monkeypatch.setattr(versioned, "_versioning", lambda *_: status)
    with pytest.raises(VersionedError, match=f"the bucket anpr has versioning {status.lower()}"):
        require_no_old_versions(night_of(*places))


@pytest.mark.parametrize(
    ("root", "status", "unknown"),
    [("lake", "Enabled", ()), ("s3a://anpr/lake", "", ()), ("s3a://anpr/lake", None, ("s3a://anpr/lake",)),
     ("gs://anpr/lake", "Enabled", ("gs://anpr/lake",))],
)  # fmt: skip
def test_a_disk_keeps_none_and_what_nobody_can_tell_is_told(monkeypatch, root, status, unknown):
    monkeypatch.setattr(versioned, "_versioning", lambda *_: status)
    assert require_no_old_versions(night_of(root)) == unknown


def test_the_purge_asks_before_it_removes_anything(night, monkeypatch):
    def refused(_):
        raise VersionedError("the bucket anpr has versioning enabled")

    monkeypatch.setattr(proof, "require_no_old_versions", refused)
    monkeypatch.setattr(proof, "purge", lambda _: RunSummary())
    with pytest.raises(VersionedError):
        proof.proven_purge(night)
