"""A night and a purge on a standalone cluster with landing and lake on an S3 server: `make cluster-check`."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pyspark
import pytest
from pyarrow import fs

from tests.agreement import agree
from tests.lake_contents import everything, files_as_text, unlike

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".cache/cluster"
JARS = sorted((TOOLS / "jars").glob("*.jar"))
NIGHT, LATER = "2026-11-20", "2028-11-20"

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not (JARS and (TOOLS / "moto").exists()), reason="no S3 jars and server: make cluster-check"),
]


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Cluster:
    """An S3 server, a master and two workers, each with folders of its own, and commands that run there."""

    def __init__(self, folder, control):
        self.folder, self.s3_port, self.port = folder, free_port(), free_port()
        self.control = {"ANPRLAKE_CONTROL__DATABASE": control, "ANPRLAKE_CONTROL__HEADS": "s3a://anpr/heads"}
        self.secret, self.running = secrets.token_hex(16), []
        self.secret_file = folder / "spark.secret"
        self.secret_file.touch(0o600)
        self.secret_file.write_text(self.secret)
        self.aws = {
            "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "thing", "AWS_REGION": "eu-west-2",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.s3_port}", "AWS_ALLOW_HTTP": "true",
        }  # fmt: skip
        self.conf = folder / "conf"
        shutil.copytree(ROOT / "conf/spark", self.conf)
        self._configure()

    def _configure(self):
        """What README, "On a cluster", says."""
        path = ":".join(map(str, JARS))
        more = {
            "spark.master": f"spark://127.0.0.1:{self.port}", "spark.driver.host": "127.0.0.1",
            "spark.driver.memory": "2g", "spark.executor.memory": "1g",
            "spark.driver.extraClassPath": path, "spark.executor.extraClassPath": path,
            "spark.executorEnv.PYTHONPATH": str(ROOT),
            "spark.hadoop.fs.s3a.endpoint": self.aws["AWS_ENDPOINT_URL"],
            "spark.hadoop.fs.s3a.endpoint.region": self.aws["AWS_REGION"],
            "spark.hadoop.fs.s3a.path.style.access": "true",
        } | {f"spark.executorEnv.{key}": value for key, value in self.aws.items()}  # fmt: skip
        defaults = self.conf / "spark-defaults.conf"
        lines = [line for line in defaults.read_text().splitlines() if line.split(" ")[0] not in more]
        defaults.write_text("\n".join([*lines, *(f"{key} {value}" for key, value in more.items())]) + "\n")

    def start(self):
        home = Path(pyspark.__file__).parent
        base = os.environ | {
            "SPARK_HOME": str(home), "SPARK_CONF_DIR": str(self.conf), "PYSPARK_PYTHON": sys.executable,
            "_SPARK_AUTH_SECRET": self.secret, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "512m",
        }  # fmt: skip
        base.pop("SPARK_SUBMIT_OPTS", None)
        deploy = f"{home}/bin/spark-class org.apache.spark.deploy"
        self._serve("moto", f"{TOOLS}/moto/bin/moto_server -H 127.0.0.1 -p {self.s3_port}", os.environ.copy())
        self._serve("master", f"{deploy}.master.Master --host 127.0.0.1 --port {self.port} --webui-port 0", base)
        for port in (self.s3_port, self.port):
            wait_for(port)
        for name in ("worker1", "worker2"):
            for kind in ("local", "tmp", "work"):
                (self.folder / name / kind).mkdir(parents=True)
            own = {"SPARK_LOCAL_DIRS": f"{self.folder}/{name}/local", "TMPDIR": str(self.folder / name / "tmp")}
            size = f"--host 127.0.0.1 --cores 1 --memory 1g --work-dir {self.folder}/{name}/work --webui-port 0"
            command = f"{deploy}.worker.Worker {size} spark://127.0.0.1:{self.port}"
            self._serve(name, command, base | own)

    def _serve(self, name, command, environment):
        with (self.folder / f"{name}.log").open("w") as log:
            process = subprocess.Popen(command.split(), env=environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        self.running.append(process)

    def stop(self):
        for process in reversed(self.running):
            process.terminate()
            process.wait(30)

    def bucket(self):
        pairs = zip(("access_key", "secret_key", "region", "endpoint_override"), self.aws.values(), strict=False)
        return fs.S3FileSystem(**dict(pairs), allow_bucket_creation=True)

    def command(self, *arguments, **more):
        """A command of ours, begun with the lake and its landing folder in the bucket."""
        places = {
            "ROOT": "s3a://anpr/lake", "LANDING": "s3a://anpr/landing", "SPARK_SECRET": str(self.secret_file),
        }  # fmt: skip
        own = self.aws | self.control | {"SPARK_CONF_DIR": str(self.conf), "SPARK_LOCAL_IP": "127.0.0.1"}
        return anprlake(self.folder, places, own | more, *arguments)


def wait_for(port):
    for _ in range(120):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    pytest.fail(f"nothing listens on port {port}")


def anprlake(folder, places, more, *arguments):
    shared = {"SCRATCH": str(folder / "scratch"), "TOKEN_KEY": str(folder / "token.key")} | places
    environment = os.environ | {f"ANPRLAKE_STORAGE__{key}": value for key, value in shared.items()}
    environment |= {"ANPRLAKE_CONTROL__SIGNING_KEY": str(folder / "control.key")}
    environment |= {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder / "tmp")} | more
    return subprocess.Popen(
        [sys.executable, "-m", "jobs.cli", *arguments],
        env=environment, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def succeed(process):
    printed, _ = process.communicate(timeout=900)
    assert process.returncode == 0, printed[-3000:]
    return printed


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """The same night on local files."""
    folder = tmp_path_factory.mktemp("local")
    (folder / "tmp").mkdir()
    places = {"ROOT": str(folder / "lake"), "LANDING": str(folder / "landing")}
    size = ["--days", "2", "--clips", "1", "--reads-per-day", "400"]
    succeed(anprlake(folder, places, {}, "simulate", "--last-day", NIGHT, *size))
    succeed(anprlake(folder, places, {}, "nightly", "--process-date", NIGHT))
    return folder


@pytest.fixture(scope="module")
def cluster(local, postgresql, tmp_path_factory):
    """The cluster, with two nights begun at once, another one, and a purge when all has expired."""
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "tmp").mkdir()
    shutil.copy2(local / "token.key", folder)
    made = Cluster(folder, postgresql.format("postgres"))
    try:
        made.start()
        bucket = made.bucket()
        bucket.create_dir("anpr")
        fs.copy_files(str(local / "landing"), "anpr/landing", destination_filesystem=bucket)
        made.both = [made.command("nightly", "--process-date", NIGHT) for _ in range(2)]
        made.command_lines = command_lines(made.both)
        made.printed = [succeed(process) for process in made.both]
        fs.copy_files("anpr/lake", str(folder / "lake"), source_filesystem=bucket)
        agree(lambda *arguments: succeed(made.command(*arguments)), LATER)
        made.printed.append(succeed(made.command("purge", "--as-of", LATER, "--ahead")))
        fs.copy_files("anpr", str(folder / "purged"), source_filesystem=bucket)
        yield made
    finally:
        made.stop()


def command_lines(processes):
    """Of all processes while the jobs run, until both have a Java."""
    lines = b""
    for _ in range(240):
        found = b"\n".join(read(path) for path in Path("/proc").glob("[0-9]*/cmdline"))
        lines += found
        if b"CoarseGrainedExecutorBackend" in found or any(process.poll() is not None for process in processes):
            break
        time.sleep(0.5)
    return lines.decode(errors="replace")


def read(path):
    try:
        return path.read_bytes().replace(b"\0", b" ")
    except OSError:  # the process has ended
        return b""


def test_the_cluster_gives_the_same_tables_as_one_machine(cluster, local):
    # Of landed files, the time at which each storage got them.
    found, expected = (everything(folder / "lake", ignoring={"paths"}) for folder in (cluster.folder, local))
    assert unlike(found, expected) == []
    assert found["restricted.reads"]


def test_of_two_writers_at_once_the_second_waits_and_finds_nothing_left_to_do(cluster):
    waited = [printed for printed in cluster.printed[:2] if "waiting for nightly" in printed]
    assert len(waited) == 1
    assert all(
        f"{stage} {NIGHT}: nothing to do" in waited[0] for stage in ("ocr", "consolidate", "validate", "analyse")
    )


def test_the_purge_leaves_no_row_no_file_and_no_working_file_in_the_bucket(cluster):
    left = cluster.folder / "purged"
    assert [path for path in (left / "landing").rglob("*") if path.is_file()] == []
    kept = {"cameras", "hotlist", "hotlist_versions"}  # they have dates of their own
    assert {name for name, rows in everything(str(left / "lake")).items() if rows} <= {f"restricted.{k}" for k in kept}
    files = [path.relative_to(left / "lake") for path in left.rglob("*.parquet") if "_delta_log" not in path.parts]
    assert {path.parts[1] for path in files if path.parts[0] in ("restricted", "analytic")} <= kept
    assert list(left.rglob("_reading/**/*")) == []


def test_no_working_file_is_left_on_any_host(cluster):
    places = [cluster.folder / "scratch", cluster.folder / "tmp"]
    places += [cluster.folder / worker / kind for worker in ("worker1", "worker2") for kind in ("local", "tmp")]
    assert [path for place in places for path in place.rglob("*") if path.is_file()] == []


def test_no_log_names_a_mark_and_no_command_line_the_secret(cluster):
    reads = map(json.loads, everything(str(cluster.folder / "lake"))["restricted.reads"])
    vrms = {vrm for vrm in (read["vrm"] for read in reads) if len(vrm) >= 6}
    assert len(vrms) > 50
    folders = [cluster.folder / worker / "work" for worker in ("worker1", "worker2")]
    executors = [text for folder in folders for _, text in files_as_text(folder)]
    daemons = [(cluster.folder / f"{name}.log").read_text() for name in ("master", "worker1", "worker2")]
    assert any(executors)
    for text in (*executors, *daemons, *cluster.printed):
        assert [vrm for vrm in vrms if vrm in text] == []
        assert cluster.secret not in text
    assert "CoarseGrainedExecutorBackend" in cluster.command_lines
    assert cluster.secret not in cluster.command_lines


VERSIONING = """
import sys, boto3
boto3.client("s3").put_bucket_versioning(Bucket="anpr", VersioningConfiguration={"Status": sys.argv[1]})
"""


def test_a_bucket_that_keeps_old_versions_is_refused_and_one_that_never_did_is_known(cluster):
    """The last of all: such a bucket is never again what it was."""
    assert "cannot be told" not in cluster.printed[-1]
    for status in ("Enabled", "Suspended"):
        boto = [f"{TOOLS}/moto/bin/python", "-c", VERSIONING, status]
        subprocess.run(boto, env=os.environ | cluster.aws | {"AWS_DEFAULT_REGION": "eu-west-2"}, check=True)
        process = cluster.command("purge", "--as-of", LATER, "--ahead")
        printed, _ = process.communicate(timeout=300)
        assert (process.returncode, f"the bucket anpr has versioning {status.lower()}" in printed) == (1, True), printed
