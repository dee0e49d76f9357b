"""The compliance report as a page that people read and as JSON that machines do: the same document."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from jobs.lake.tables import Zone
from jobs.report.compliance.clauses import State
from jobs.report.compliance.document import compliance_document
from jobs.report.pages import write_page, write_text
from jobs.report.plots import columns, shares
from jobs.runtime.night import Night

_PAGE, _JSON = "compliance.html", "compliance.json"
_MOST = 36
"""Months and days of purges that a plot has room for, the newest."""


def write_compliance_report(night: Night, note: str) -> str:
    """Write both into the governance zone.

    Args:
        night: as of which ages are told.
        note: the signed head of the log.

    Returns:
        Where the page lies.
    """
    document = compliance_document(night, note)
    write_text(night.store.root, Zone.GOVERNANCE, _JSON, json.dumps(document, indent=1))
    states = Counter(one["state"] for one in document["clauses"])
    return write_page(night.store.root, Zone.GOVERNANCE, _PAGE, plots=_plots(document), State=State, states=states,
                      **document)  # fmt: skip


def _plots(document: Mapping[str, Any]) -> dict[str, str]:
    """SVG by the name of the plot; one that has nothing to show is left out."""
    plots = {}
    aged = {
        one["table"]: one["age_days"] / one["maximum_days"]
        for one in document["tables"] if one["age_days"] is not None
    }  # fmt: skip
    if aged:
        plots["ages"] = shares(aged)
    if months := dict(list(document["reads_by_month"].items())[-_MOST:]):
        plots["reads"] = columns(months, "reads held")
    purged = Counter[str]()
    for one in reversed(document["purges"]):
        purged[one["as_of"]] += one["rows"]
    if newest := dict(list(purged.items())[-_MOST:]):
        plots["purges"] = columns(newest, "rows removed")
    return plots
