"""One writer at a time on an object store: over HTTP, against a server that knows S3's writes on condition."""

import hashlib
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.pool import ThreadPool
from threading import Lock, Thread

import pytest

from jobs.lake.lock import LakeBusyError, only_writer
from jobs.lake.object_lock import ObjectLock

ROOT = "s3a://bucket/lake"
_HOLD = """
import sys, time
from jobs.lake.object_lock import ObjectLock
assert ObjectLock(sys.argv[1], 0.6).take("nightly 2026-11-19")
print("held", flush=True)
time.sleep(600)
"""


class _Bucket(BaseHTTPRequestHandler):
    """As S3: PUT with If-None-Match and If-Match, and GET."""

    objects: dict[str, bytes]
    puts: Lock

    def do_PUT(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        with self.puts:
            held = self.objects.get(self.path)
            wanted = self.headers.get("If-Match")
            if self.headers.get("If-None-Match") == "*" and held is not None:
                return self._answer(412)
            if wanted and held is None:
                return self._answer(404)
            if wanted and wanted != _tag(held):
                return self._answer(412)
            self.objects[self.path] = content
        return self._answer(200, _tag(content))

    def do_GET(self):
        content = self.objects.get(self.path)
        return self._answer(404) if content is None else self._answer(200, _tag(content), content)

    def _answer(self, code, tag="", content=b""):
        self.send_response(code)
        for name, value in (("Content-Length", str(len(content))), ("ETag", tag),
                            ("Last-Modified", "Fri, 20 Nov 2026 00:00:00 GMT")):  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def _tag(content):
    return f'"{hashlib.sha256(content).hexdigest()}"'


@pytest.fixture
def objects(monkeypatch):
    """What lies in the bucket, by path; clients find it by the variables that all of them take."""
    handler = type("Handler", (_Bucket,), {"objects": {}, "puts": Lock()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}", "ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "y",
        "REGION": "eu-west-2", "ALLOW_HTTP": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"AWS_{name}", value)
    yield handler.objects
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("objects")
def test_a_second_writer_waits_says_for_whom_and_gives_up(caplog):
    with (
        only_writer(ROOT, "nightly 2026-11-20", 1),
        pytest.raises(LakeBusyError, match=r"^nightly 2026-11-20, process .* waited 0.2 s"),
        only_writer(ROOT, "purge 2026-11-20", 0.2),
    ):
        pytest.fail("two writers at once")
    assert caplog.messages[0].startswith("waiting for nightly 2026-11-20, process ")
    with only_writer(ROOT, "purge 2026-11-20", 0.2):
        pass


@pytest.mark.usefixtures("objects")
@pytest.mark.parametrize("held_before", [False, True])  # then there is an empty object
def test_of_writers_that_come_together_one_gets_the_lock(held_before):
    if held_before:
        with only_writer(ROOT, "x", 1):
            pass
    locks = [ObjectLock(ROOT) for _ in range(8)]
    with ThreadPool(len(locks)) as pool:
        taken = pool.map(lambda lock: lock.take("x"), locks)
    assert taken.count(True) == 1
    locks[taken.index(True)].release()


@pytest.mark.usefixtures("objects")
@pytest.mark.parametrize("held_before", [False, True])
def test_of_two_that_found_the_lock_free_only_the_first_to_write_gets_it(held_before, monkeypatch):
    if held_before:
        with only_writer(ROOT, "x", 1):
            pass
    first, second = ObjectLock(ROOT), ObjectLock(ROOT)
    found = second._read()
    monkeypatch.setattr(second, "_read", lambda: found)
    assert first.take("first")
    assert not second.take("second")
    first.release()


@pytest.fixture
def holder(objects):
    """Another process that holds the lock, which expires after 0.6 seconds."""
    assert objects == {}
    with subprocess.Popen([sys.executable, "-c", _HOLD, ROOT], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def taken_within(lock, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if lock.take("next"):
            return True
        time.sleep(0.05)
    return False


def test_a_living_holder_keeps_the_lock_and_that_of_a_dead_one_is_taken_over(holder):
    lock = ObjectLock(ROOT, 0.6)
    assert not taken_within(lock, 2.0)
    holder.kill()
    assert taken_within(lock, 5.0)
    lock.release()


def test_a_holder_that_finds_its_lock_taken_over_ends_at_once(holder):
    holder.send_signal(signal.SIGSTOP)
    lock = ObjectLock(ROOT, 0.6)
    assert taken_within(lock, 5.0)
    holder.send_signal(signal.SIGCONT)
    assert holder.wait(timeout=5) == -signal.SIGTERM
    lock.release()


def test_a_holder_whose_lock_is_removed_ends_at_once(holder, objects):
    objects.clear()
    assert holder.wait(timeout=5) == -signal.SIGTERM
