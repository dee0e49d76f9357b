"""A damaged table: errors name it, looking goes on, and a job that it broke fails with its own error."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from jobs.lake.damage import DamagedTableError, places_in
from jobs.lake.tables import FLOWS, RUNS
from jobs.report.console import show_tables
from jobs.runtime.night import run_job
from jobs.runtime.redaction import describe

DAY = date(2026, 11, 20)


@pytest.fixture
def flows(night) -> Path:
    """The folder of a table with two commits."""
    row = {
        "hour": datetime(2026, 11, 20, 8), "from_site": "AB12CDE", "to_site": "S2", "movement": "in", "vehicles": 1,  # noqa: DTZ001 - UTC
        "passages": 1, "process_date": DAY, "run_id": "r", "capture_date": DAY,
    }  # fmt: skip
    night.store.append_rows(FLOWS, [row])
    return Path(night.store.path(FLOWS))


def data_file(folder: Path) -> Path:
    return next(folder.glob("capture_date=*/*.parquet"))


def spoil_log(folder: Path) -> str:
    (folder / "_delta_log" / f"{1:020}.json").write_text('{"add": {"path')
    return "analytic/flows"


def remove_file(folder: Path) -> str:
    data_file(folder).unlink()
    return f"analytic/flows/capture_date={DAY}/part-"


def spoil_file(folder: Path) -> str:
    data_file(folder).write_bytes(b"PAR1")
    return f"analytic/flows/capture_date={DAY}/part-"


@pytest.mark.parametrize("spoil", [spoil_log, remove_file, spoil_file])
def test_rows_of_a_damaged_table_are_an_error_that_names_it(night, flows, spoil):
    where = spoil(flows)
    with pytest.raises(DamagedTableError, match=r"analytic\.flows is damaged") as damaged:
        night.store.rows(FLOWS)
    assert where in str(damaged.value)
    assert str(Path(night.store.root).parent) not in str(damaged.value)


def test_spark_says_which_file_is_missing_and_why(night, flows):
    where = remove_file(flows)
    with pytest.raises(Exception, match="PATH_NOT_FOUND") as failed:
        night.store.read(FLOWS).collect()
    told = describe(failed.value)
    assert where in told
    assert "PATH_NOT_FOUND" in told
    assert str(Path(night.store.root).parent) not in told


def test_only_names_of_the_lake_are_told_of_a_text():
    text = (
        "cannot read file:/srv/lake/restricted/reads/capture_date=2026-11-20/part-0a1b-c000.zstd.parquet for AB12CDE, "
        "s3://force/lake/restricted/reads/_delta_log/00000000000000000012.json, restricted/reads/vrm=AB12CDE/x, "
        "landing/AB12CDE"
    )
    assert places_in(text) == [
        "restricted/reads/capture_date=2026-11-20/part-0a1b-c000.zstd.parquet",
        "restricted/reads/_delta_log/00000000000000000012.json",
        "restricted/reads",
    ]


def test_tables_are_shown_although_one_is_damaged(night, flows, capsys, caplog):
    spoil_log(flows)
    night.store._known.clear()
    show_tables(night.store)
    shown = [line.split()[:3] for line in capsys.readouterr().out.splitlines()]
    assert ["analytic", "flows", "damaged"] in shown
    assert ["analytic", "reads", "not"] in shown  # yet
    assert "analytic.flows is damaged" in caplog.text


def test_a_jobs_own_error_is_raised_although_it_cannot_be_recorded(night, caplog):
    night.store.ensure(RUNS)
    (Path(night.store.path(RUNS)) / "_delta_log" / f"{1:020}.json").write_text("{")

    def job(_: object) -> Iterator[None]:
        raise KeyError("the job's own")

    with pytest.raises(KeyError, match="own"):
        run_job(night, "consolidate", job)
    assert "consolidate for 2026-11-20 is not in governance.runs: DamagedTableError" in caplog.text
