"""The pages in a real Chromium: axe finds nothing, and on a phone nothing but a table's own box scrolls sideways."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.control.heads import sign_now
from jobs.lake.tables import CAMERA_DAYS
from jobs.report.certificate import write_certificate_page
from jobs.report.compliance.page import write_compliance_report
from jobs.report.dictionary import write_data_dictionary
from jobs.report.quality_page import write_quality_page
from tests.report.test_compliance import lake as full_lake  # noqa: F401 - a fixture
from tests.report.test_quality import CAMERA_IDS, FRIDAY, THURSDAY, profile

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WIDTHS = {"phone": 375, "desktop": 1280}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (Debian: apt-get install chromium)"),
]
CERTIFICATE = {
    "certificate": {
        "kind": "k", "software": "0", "run_id": "r", "as_of": "2026-11-20", "issued_at": "2026-11-20T06:00:00+00:00",
        "profile": {"name": "acpo_2011", "source": "s"}, "complete": True, "still_there": [],
        "removed": [
            {"place": "restricted.reads", "class": "reads", "up_to": "2024-11-20", "partitions": 1, "rows": 12345,
             "files": 8, "bytes": 1234567890, "delete_version": 3, "error": None},
        ],
        "scan": {
            "control": {"files": 2, "finds": 4}, "canary_found": True, "marks_looked_for": 200, "of_marks": 200,
            "files": 900, "bytes": 10, "decoded_bytes": 5, "parts_decoded": "1 of 30",
            "finds": [{"path": "restricted/reads/part", "kind": "data file", "why": "should have gone", "count": 1}],
        },
        "remains": [{"table": "restricted.reads", "version": 4, "rows": 10, "oldest": None, "goes_on": None}],
        "holds_in_force": 1, "not_covered": ["backups"], "log_head": "anprlake.control\n12\nabc\n",
    },
    "signature": "s", "public_key": "5f" * 32,
}  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def pages(full_lake):  # noqa: F811 - the fixture
    """All pages of a lake with something in each part."""
    store = full_lake.store
    offsets = dict(zip(CAMERA_IDS, (0.0, 45.0, None), strict=True))
    store.replace_rows(CAMERA_DAYS, [profile(day, *one) for day in (THURSDAY, FRIDAY) for one in offsets.items()])
    late = replace(full_lake, process_date=FRIDAY)
    return {
        "compliance": write_compliance_report(late, sign_now(late.settings)),
        "certificate": write_certificate_page(store.root, CERTIFICATE, "2026-11-20-purge.json"),
        "dictionary": write_data_dictionary(late),
        "quality": write_quality_page(late),
    }


def violations(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(one["id"], one["help"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found]


def test_axe_finds_nothing_on_any_page_and_only_boxes_scroll_sideways(browser, pages):
    for name, file in pages.items():
        for device, width in WIDTHS.items():
            page = browser.new_page(viewport={"width": width, "height": 800})
            page.goto(Path(file).as_uri())
            assert violations(page) == [], (name, device)
            widths = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            assert widths[0] <= widths[1], (name, device)
            page.close()


def test_axe_and_the_width_would_tell(browser, tmp_path):
    file = tmp_path / "bad.html"
    file.write_text('<!doctype html><title>x</title><p style="color:#ccc;width:900px">some words<img src="x.png">')
    page = browser.new_page(viewport={"width": 375, "height": 800})
    page.goto(file.as_uri())
    assert {"html-has-lang", "color-contrast", "image-alt"} <= {name for name, *_ in violations(page)}
    assert page.evaluate("document.documentElement.scrollWidth") > 375


def test_pages_ask_for_nothing_over_a_network(browser, pages):
    for file in pages.values():
        page = browser.new_page()
        asked = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(Path(file).as_uri())
        assert asked == [Path(file).as_uri()]
        page.close()
