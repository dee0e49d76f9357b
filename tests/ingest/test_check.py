"""`anprlake check`: what would come of suppliers' files, told row by row, without a lake or Spark."""

import gzip
import json
import subprocess
import sys
from datetime import date

import pytest

from jobs.cli import main
from jobs.footage import catalogue
from jobs.ingest import rules
from jobs.ingest.check import check_files, kind_of
from jobs.ingest.hotlist import job as hotlist
from jobs.ingest.positions import FLAGS as POSITION_FLAGS
from jobs.ingest.reasons import FLAGS, REASONS
from jobs.ingest.samples import KINDS, sample
from jobs.settings import load_settings

from .hotlist.test_entries import LINES as HOTLIST_LINES
from .test_rules import BROKEN

SETTINGS = load_settings(environment={})
DAY = date(2026, 11, 20)
NAMES = {
    "cameras": "c.csv", "fixed": "f.csv", "mobile": "m.jsonl", "partner": "p.bof2", "hotlist": "h.csv",
    "sidecar": "clip.json",
}  # fmt: skip


def samples(folder):
    """A file of each kind, beside each other."""
    paths = {kind: folder / NAMES[kind] for kind in KINDS}
    for kind, path in paths.items():
        path.write_text(sample(kind, SETTINGS, DAY), encoding="utf-8")
    return paths


def judged(*paths, kind=None, day=DAY):
    return {one.path.name: list(one.rows) for one in check_files(paths, SETTINGS, kind, day)}


def reasons(rows):
    return [(row.line_no, row.record_no, row.reason) for row in rows if row.reason]


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(["check", *map(str, arguments)])
    captured = capsys.readouterr()
    return ended.value.code, captured.out, captured.err


def test_each_sample_is_good_alone_and_with_the_others_and_tells_its_kind(tmp_path):
    paths = samples(tmp_path)
    assert [kind_of(path) for path in paths.values()] == list(KINDS)
    together = judged(*reversed(paths.values()))
    assert next(iter(together)) == "c.csv"
    for kind, path in paths.items():
        rows = together[path.name]
        assert rows
        assert reasons(rows) == reasons(judged(path)[path.name]) == reasons(judged(path, kind=kind)[path.name]) == []


def test_what_is_refused_is_told_by_line_record_and_reason_in_a_sentence(tmp_path, capsys):
    paths = samples(tmp_path)
    with paths["partner"].open("a", encoding="utf-8") as file:
        record = sample("partner", SETTINGS, DAY).strip()
        file.write("~".join([record, record.replace("AB12CDE", "Ж1"), record.replace("|93|", "|0.93|")]))
    code, out, _ = run(capsys, "--arrived-on", DAY, paths["partner"], paths["fixed"])
    assert code == 1
    assert out.splitlines() == [
        f"p.bof2 line 2 record 2: vrm_letter_unknown: {REASONS['vrm_letter_unknown']}",
        f"p.bof2 line 2 record 3: confidence_scale: {REASONS['confidence_scale']}",
        "p.bof2: partner, rows 4, refused 2",
        "f.csv: fixed, rows 2, refused 0",
    ]
    code, out, _ = run(capsys, "--arrived-on", DAY, paths["mobile"])
    assert (code, out) == (0, "m.jsonl: mobile, rows 2, refused 0; no position (position_missing) 1\n")


def test_feeds_and_sidecars_are_held_against_a_register_that_is_given(tmp_path):
    paths = samples(tmp_path)
    lines = paths["cameras"].read_text().splitlines()
    paths["cameras"].write_text("\n".join([lines[0], lines[2].replace("M01", "M02")]))
    found = judged(*paths.values())
    assert {name: reasons(rows) for name, rows in found.items() if reasons(rows)} == {
        "f.csv": [(2, 1, "camera_unknown"), (3, 1, "camera_unknown")],
        "m.jsonl": [(1, 1, "camera_unknown"), (2, 1, "camera_unknown")],
        "clip.json": [(1, 1, "camera_unknown")],
    }


@pytest.mark.parametrize(("until", "found"), [("2026-11-20", []), ("2026-11-19", [(1, 1, "camera_unknown")])])
def test_a_sidecar_is_held_against_the_days_of_its_camera(tmp_path, until, found):
    paths = samples(tmp_path)
    lines = paths["cameras"].read_text().splitlines()
    paths["cameras"].write_text("\n".join([lines[0], lines[1].rstrip(",") + f",{until}"]))
    assert reasons(judged(paths["cameras"], paths["sidecar"])["clip.json"]) == found


def test_every_line_of_a_register_is_judged(tmp_path):
    path = samples(tmp_path)["cameras"]
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[1], lines[2].replace("none", "both"), lines[1].replace("F001", "F002")]))
    wrong = [(row.line_no, row.reason, row.meaning) for row in judged(path)["c.csv"] if row.reason]
    assert [one[:2] for one in wrong] == [(5, "register_refused"), (6, "register_refused")]
    assert wrong[0][2] == "valid_from: overlaps another period of the camera"
    assert wrong[1][2].startswith("cordon: ")


def test_a_file_in_the_landing_folder_is_of_its_folders_kind_and_day(tmp_path):
    folder = tmp_path / "2026-11-21" / "mobile"
    folder.mkdir(parents=True)
    (folder / "any").write_bytes(gzip.compress(sample("mobile", SETTINGS, date(2026, 11, 21)).encode()))
    (checked,) = check_files([folder / "any"], SETTINGS)
    assert (checked.kind, reasons(checked.rows)) == ("mobile", [])
    assert {row.reason for row in judged(folder / "any", kind="fixed")["any"]} == {"wrong_header"}


@pytest.mark.parametrize(
    ("started_at", "reason"),
    [
        ("2026-11-20T23:59:59Z", None), ("2026-11-21T00:00:00Z", "time_future"), ("2026-11-20T08:00", "time_no_zone"),
        ("2020-01-01T00:00:00Z", "time_expired"), ("noon", "sidecar_malformed"),
    ],
)  # fmt: skip
def test_a_sidecar_is_judged_by_its_time(tmp_path, started_at, reason):
    path = tmp_path / "A.JSON"
    path.write_text(json.dumps({"camera_id": "F001", "started_at": started_at}))
    assert [row.reason for row in judged(path)["A.JSON"]] == [reason]


def test_of_a_video_its_sidecar_is_judged(tmp_path):
    folder = tmp_path / "2026-11-20" / "footage"
    folder.mkdir(parents=True)
    for name in ("A.MP4", "B.MP4"):
        (folder / name).write_bytes(b"\0video")
    (folder / "a.json").write_text(sample("sidecar", SETTINGS, DAY))
    found = judged(folder / "A.MP4", folder / "B.MP4")
    assert {name: [row.reason for row in rows] for name, rows in found.items()} == {
        "A.MP4": [None], "B.MP4": ["no_sidecar"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "kind_unknown: empty; say what it is with --kind"),
        (b"what is this\n", "kind_unknown: begins as no kind of file does; say what it is with --kind"),
        (b"PK\x03\x04" + bytes(40), f"file_packed_otherwise: {REASONS['file_packed_otherwise']}"),
        (None, "file_not_plain: a landed file is a link, has two names, or is no file: it is not touched"),
    ],
)
def test_a_file_of_no_kind_is_told_beside_the_others(tmp_path, capsys, content, told):
    good = samples(tmp_path)["fixed"]
    if content is None:
        (tmp_path / "x").symlink_to(good)
    else:
        (tmp_path / "x").write_bytes(content)
    code, out, err = run(capsys, tmp_path / "x", good)
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        f"x line 1 record 1: {told}", "x: of no kind, rows 1, refused 1", "f.csv: fixed, rows 2, refused 0"
    ]  # fmt: skip


def test_a_partners_first_message_may_be_long(tmp_path):
    path = samples(tmp_path)["partner"]
    message = path.read_text().splitlines()[0]
    path.write_text("~".join([message] * (1 + 70_000 // len(message))) + "\n")
    assert kind_of(path) == "partner"


def test_no_file_at_all_is_wrong_use(capsys):
    assert run(capsys)[0] == 2


def test_only_a_landing_folder_tells_kind_and_day_and_an_option_overrules_it(tmp_path):
    folder = tmp_path / "mobile" / "2026-11-19" / "sent"
    folder.mkdir(parents=True)
    path = samples(folder)["fixed"]
    assert reasons(judged(path)["f.csv"]) == []
    landed = tmp_path / "2026-11-19" / "fixed" / "sent" / "f.csv"
    landed.parent.mkdir(parents=True)
    path.rename(landed)
    (checked,) = check_files([landed], SETTINGS)
    assert {row.reason for row in checked.rows} == {"time_future"}
    assert reasons(judged(landed)["f.csv"]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_is_written_as_it_is(capsys, kind):
    code, out, _ = run(capsys, "--sample", kind, "--arrived-on", DAY)
    assert (code, out) == (0, sample(kind, SETTINGS, DAY))


def test_every_reason_and_flag_has_its_sentence():
    told = {reason for reason, _ in BROKEN} | {reason for _, reason in HOTLIST_LINES} | {"formula", "not_utf8"}
    told |= {word for text in (rules.__doc__, hotlist.__doc__, catalogue.__doc__) for word in words(text)}
    assert told - {None} <= REASONS.keys()
    assert {*POSITION_FLAGS, "transliterated"} == FLAGS.keys()


def words(text):
    """Reason codes named in a module's documentation but those of videos."""
    found = {word.strip("`.,:;|") for word in text.split()}
    return {word for word in found if word.startswith(("vrm_", "weed_date_", "time_", "sidecar_", "file_"))}


def test_checking_needs_neither_spark_nor_a_lake(tmp_path):
    paths = [str(path) for path in samples(tmp_path).values()]
    program = (
        "import sys; from jobs.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "assert not [name for name in sys.modules if name.startswith(('pyspark', 'deltalake', 'cv2', 'paddle'))]\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "check", "--arrived-on", "2026-11-20", *paths], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
