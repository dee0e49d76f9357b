"""`make bench-nightly`: real and rendered footage, a force's day of feeds, and what separate submits cost."""

import csv
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

from jobs.footage.models import plate_reader
from jobs.lake.tables import READS
from jobs.settings import load_settings
from jobs.simulate import SimulationOptions, simulate
from ocr.models import find_models
from tests.bench import ocr_accuracy
from tests.bench.figures import Figure, Report
from tests.bench.ocr_accuracy import DATA
from tests.bench.plain_paddle import PlainPaddle
from tests.bench.processes import ANPRLAKE, environment, run_watched
from tests.lake_contents import rows_at

NIGHT = date(2026, 11, 20)
FORCE_READS = 360_000


def main(wanted: list[str]) -> int:
    """Measure the wanted parts (all when none is named), print the table, and return the exit code."""
    parts = {"reading": _reading, "force": _force_day, "submits": _submits}
    report = Report()
    with tempfile.TemporaryDirectory(prefix="anprlake-bench-") as folder:
        for name in wanted or list(parts):
            parts[name](Path(folder) / name, report)
    return report.show("bench-nightly", wanted)


def _reading(work: Path, report: Report) -> None:
    settings = load_settings()
    reader = plate_reader(settings.ocr.models, settings.ocr.model_cache)
    plain = PlainPaddle(find_models(None, Path(settings.ocr.model_cache)))
    if DATA.exists():
        _toll(work / "toll", reader, plain, report)
        _photos(reader, plain, report)
    else:
        report.remarks.append("shared/data is not there: toll_cctv and openalpr_eu_dev were not measured")
    _rendered(work / "rendered", reader, plain, report)


def _toll(work: Path, reader, plain: PlainPaddle, report: Report) -> None:
    """The real video: `read_video` beside plain PaddleOCR on every fourth frame, then through the whole night."""
    ours = ocr_accuracy.toll_cctv(reader, DATA / "toll_cctv")
    every = 4
    texts, seconds, _ = plain.read_video(DATA / "toll_cctv/cars.mp4", every)
    truth = {row["vrm"] for row in csv.DictReader((DATA / "toll_cctv/truth.csv").open())}
    # Every frame would take `every` times as long; a plain reader has no passages, only texts seen again and again.
    speed, plain_speed = ours.footage_s / ours.seconds, ours.footage_s / (seconds * every)
    report.figures.append(
        Figure(
            "toll_cctv: plates read", f"{ours.right} of {ours.plates}, {ours.passages} passages",
            f"plain PaddleOCR: {len(truth & texts.keys())} among {len(texts)} distinct texts", "",
            "3 of 3, each as one passage or few", ours.right == ours.plates and ours.passages <= 2 * ours.plates,
        )
    )  # fmt: skip
    report.figures.append(
        Figure(
            "toll_cctv: speed, one thread", f"{speed:.2f} x real time", f"{plain_speed:.2f} x (every frame)",
            f"{speed / plain_speed:.1f}", "", None,
        )
    )  # fmt: skip
    report.remarks.append(f"toll_cctv: {len(ours.wrong)} wrong passages")
    found = _toll_through_the_night(work)
    right = len(truth & found.keys())
    report.figures.append(
        Figure(
            "toll_cctv through the night: plates in `reads`", f"{right} of {len(truth)}, {found.total()} reads", "", "",
            "3 of 3", right == len(truth),
        )
    )  # fmt: skip


def _toll_through_the_night(work: Path) -> Counter[str]:
    """Landing folder, sidecar, camera register, `anprlake nightly`: the marks in `restricted.reads`."""
    day = work / "landing" / str(NIGHT)
    for source in ("footage", "cameras"):
        (day / source).mkdir(parents=True)
    shutil.copy(DATA / "toll_cctv/cars.mp4", day / "footage/cars.mp4")
    sidecar = {"camera_id": "F001", "started_at": datetime(2026, 11, 20, 9, tzinfo=UTC).isoformat()}
    (day / "footage/cars.json").write_text(json.dumps(sidecar))
    header = "camera_id,kind,latitude,longitude,road,heading,cordon,valid_from,valid_to"
    (day / "cameras/cameras.csv").write_text(f"{header}\nF001,fixed,54.9,-1.6,toll gate,0,in,2026-01-01,\n")
    run_watched([ANPRLAKE, "nightly", "--process-date", str(NIGHT)], work / "night.log", environment(work))
    return _vrms(work)


def _photos(reader, plain: PlainPaddle, report: Report) -> None:
    ours = ocr_accuracy.openalpr_eu_dev(reader, DATA / "openalpr_eu_dev")
    other = ocr_accuracy.plain_openalpr_eu_dev(plain, DATA / "openalpr_eu_dev")
    report.figures.append(
        Figure(
            "openalpr_eu_dev: plates with O=0, I=1", f"{ours.right} of {ours.plates}", f"plain: {other.right}",
            f"{ours.right / other.right:.2f}", "51 of 54", ours.right >= 51,
        )
    )  # fmt: skip
    report.figures.append(
        Figure("openalpr_eu_dev: exactly", f"{ours.exact}", f"plain: {other.exact}", f"{ours.exact / other.exact:.2f}")
    )
    report.figures.append(
        Figure(
            "openalpr_eu_dev: time for 54 photos", f"{ours.seconds:.1f} s", f"plain: {other.seconds:.1f} s",
            f"{ours.seconds / other.seconds:.2f}", "", None,
        )
    )  # fmt: skip
    report.remarks.append("openalpr_eu_dev is optimistic: crop width and margin were chosen on these same photos")
    report.remarks.append(
        f"openalpr_eu_dev: {len(ours.missed)} plates not read, {len(ours.wrong)} other reads on the same photos"
    )


def _rendered(work: Path, reader, plain: PlainPaddle, report: Report) -> None:
    """Twelve clips of another seed than the demo's and the tests'; the plain side sees every fifth frame of two."""
    options = SimulationOptions(
        last_day=NIGHT, seed=97, days=1, reads_per_day=500, clips=12, clones=0, bad_footage=False
    )
    simulate(work / "landing", work / "truth", options)
    truth: dict[Path, list[str]] = {}
    for line in (work / "truth/footage_passages.jsonl").read_text().splitlines():
        row = json.loads(line)
        truth.setdefault(work / "landing" / row["path"], []).append(row["vrm"])
    ours = ocr_accuracy.rendered(reader, truth, NIGHT)
    some = dict(list(truth.items())[:2])
    right = sum(len(set(vrms) & plain.read_video(path, 5)[0].keys()) for path, vrms in some.items())
    true = sum(map(len, some.values()))
    report.figures.append(
        Figure(
            "rendered footage: plates right", f"{ours.right} of {ours.plates} ({ours.right / ours.plates:.1%})",
            f"plain, every 5th frame of 2 clips, any text of any frame: {right} of {true} ({right / true:.1%})",
            f"{ours.right / ours.plates / (right / true):.2f}", "95%", ours.right / ours.plates >= 0.95,
        )
    )  # fmt: skip
    report.remarks.append(
        f"rendered footage: {ours.exact} exactly as drawn, {len(ours.wrong)} wrong passages, "
        f"{ours.footage_s / ours.seconds:.2f} x real time on one thread"
    )


def _force_day(work: Path, report: Report) -> None:
    """One day of a force: ingest, consolidate, validate in one session, beside parsing, sorting, writing alone."""
    options = SimulationOptions(
        last_day=NIGHT, days=1, fixed_cameras=80, mobile_units=4, partner_cameras=8, reads_per_day=FORCE_READS,
        clips=0, clones=0, bad_footage=False,
    )  # fmt: skip
    simulated = simulate(work / "landing", work / "truth", options)
    stages = [part for stage in ("ingest", "consolidate", "validate") for part in ("--stage", stage)]
    command = [ANPRLAKE, "nightly", "--process-date", str(NIGHT), *stages]
    night = run_watched(command, work / "night.log", environment(work))
    command = [sys.executable, "-m", "tests.bench.plain_spark", str(NIGHT)]
    plain = run_watched(command, work / "plain.log", environment(work))
    rows = simulated.rows_received
    report.figures.append(
        Figure(
            f"{rows:,} feed rows ingested, consolidated, validated",
            f"{night.seconds:.0f} s, {rows / night.seconds:,.0f} rows/s",
            f"parse, sort, write Parquet alone: {plain.seconds:.0f} s, {rows / plain.seconds:,.0f} rows/s",
            f"{plain.seconds / night.seconds:.2f}", "", None,
        )
    )  # fmt: skip
    report.figures.append(
        Figure(
            "peak memory of all processes, the same", f"{night.peak_gb:.1f} GB", f"{plain.peak_gb:.1f} GB",
            f"{night.peak_gb / plain.peak_gb:.1f}", "8 GB", night.peak_gb <= 8,
        )
    )  # fmt: skip
    report.remarks.append("times of the force's day count whole processes, the start of Spark included")


def _submits(work: Path, report: Report) -> None:
    """The demo's night in one session, beside the DAG with a spark-submit a task, from the same landing folder."""
    simulate(work / "landing", work / "truth", SimulationOptions(last_day=NIGHT, days=7))
    one = run_watched([ANPRLAKE, "nightly", "--process-date", str(NIGHT)], work / "night.log", environment(work, "one"))
    script = (
        f". conf/airflow/environment.sh && "
        f"{{ airflow db migrate && airflow pools import conf/airflow/pools.json; }} >{work}/migrate.log 2>&1 && "
        f'exec airflow dags test anpr_nightly --conf \'{{"process_date": "{NIGHT}"}}\''
    )
    of_dag = environment(work, "dag") | {"AIRFLOW_HOME": str(work / "airflow")}
    dag = run_watched(["bash", "-c", script], work / "dag.log", of_dag)
    same = _vrms(work, "one") == _vrms(work, "dag")
    report.figures.append(
        Figure(
            "the demo's night: `anprlake nightly` beside the DAG", f"{one.seconds:.0f} s",
            f"DAG, 5 submits: {dag.seconds:.0f} s",
            f"{dag.seconds / one.seconds:.2f}", "the same reads", same,
        )
    )  # fmt: skip
    report.remarks.append(
        f"separate submits cost {dag.seconds - one.seconds:.0f} s for the night; "
        f"peak memory {one.peak_gb:.1f} GB and {dag.peak_gb:.1f} GB"
    )


def _vrms(work: Path, lake: str = "lake") -> Counter[str]:
    return Counter(row["vrm"] for row in rows_at(work / lake / READS.zone / READS.name))


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[2])
    sys.exit(main(sys.argv[1:]))
