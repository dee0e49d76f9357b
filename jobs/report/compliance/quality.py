"""Quality in counts: which days were published or refused, and what the suites said of their tables.

Nothing of what is held against cameras' history: which of them are blind is protected (clause 3), and stands in the
restricted zone alone.
"""

from collections import Counter
from typing import Any

from jobs.report.quality_days import NothingCheckedError, quality_days
from jobs.runtime.night import Night
from jobs.settings.quality import ChecksSettings


def quality(night: Night) -> dict[str, Any]:
    """Days by what became of them, and failed expectations by column.

    Raises:
        DamagedTableError: the results cannot be read.
    """
    count = night.settings.quality.history.days
    try:
        days = quality_days(night.store, count, night.process_date)
    except NothingCheckedError:
        return {"days": count, "by_gate": {}, "refused": [], "failed": []}
    of_cameras = set(ChecksSettings.model_fields)
    failed = Counter(
        (one.severity, one.column_name or "", one.expectation)
        for day in days for one in day.failed if one.expectation not in of_cameras
    )  # fmt: skip
    return {
        "days": count, "by_gate": dict(Counter(day.gate for day in days)),
        "refused": [str(day.day) for day in days if day.gate == "refused"],
        "failed": [
            {"severity": severity, "column": column, "expectation": expectation, "days": times}
            for (severity, column, expectation), times in sorted(failed.items())
        ],
    }  # fmt: skip
