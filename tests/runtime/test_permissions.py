"""What the lake writes is its owner's alone: by commands, by Java, by Python workers and by delta-rs."""

import os
import stat
import subprocess
import sys
from pathlib import Path

from jobs.settings import conf_dir

_WRITES = """
import sys
from datetime import date
from jobs.lake.tables import CATALOGUE, QUARANTINE
from jobs.runtime.opening import open_night
import pyarrow as pa

with open_night("permissions", date(2026, 11, 20)) as night:
    for table in CATALOGUE[:2]:
        night.store.ensure(table)
    rows = {"file_id": "f", "landed_path": "p", "payload": "x", "reason": "malformed", "line_no": 1, "record_no": 1,
            "source_kind": "fixed", "capture_date": night.process_date, **night.stamp}
    night.store.append_rows(QUARANTINE, [rows])
    night.store.replace_days(QUARANTINE, night.store.frame(QUARANTINE, [rows]), [night.process_date])
    files = night.store.data_files(QUARANTINE)
    night.store.each([pa.Table.from_pylist([rows])], lambda table: files.write(table))
    night.token_key
"""


def test_new_files_and_folders_get_what_the_mask_leaves_and_no_more_whoever_makes_them(tmp_path):
    program = tmp_path / "writes.py"
    program.write_text(_WRITES)
    places = {"ROOT": "lake", "LANDING": "landing", "SCRATCH": "scratch", "TOKEN_KEY": "keys/token.key"}
    environment = os.environ | {f"ANPRLAKE_STORAGE__{key}": str(tmp_path / name) for key, name in places.items()}
    environment |= {"ANPRLAKE_STORAGE__UMASK": "027", "PYTHONPATH": str(Path(__file__).parents[2])}
    started = ["sh", "-c", 'umask 000; exec "$@"', "sh", sys.executable, str(program)]
    subprocess.run(started, env=environment, check=True, capture_output=True)
    made = [path for path in tmp_path.rglob("*") if path != program]
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in made}
    of_tables = [mode for path, mode in modes.items() if path.suffix in {".parquet", ".json"}]
    assert len(of_tables) > 6
    assert set(of_tables) == {0o640}
    assert {path for path, mode in modes.items() if mode & 0o027} == set()
    assert modes[tmp_path / "keys/token.key"] == 0o600


def test_airflow_and_all_that_it_starts_has_the_mask_too():
    script = f'cd {conf_dir().parent}; . conf/airflow/environment.sh; umask; echo "$AIRFLOW__CORE__DAEMON_UMASK"'
    for given, expected in (({}, ["0077", "0o077"]), ({"ANPRLAKE_STORAGE__UMASK": "027"}, ["0027", "0o027"])):
        done = subprocess.run(
            ["bash", "-c", script],
            env={"PATH": os.environ["PATH"], **given},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split() == expected
