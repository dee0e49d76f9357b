"""A certificate as a page that can be printed."""

from collections.abc import Mapping
from typing import Any

from jobs.lake.tables import Zone
from jobs.report.pages import write_page

PAGE = "certificate.html"


def write_certificate_page(root: str, document: Mapping[str, Any], file: str) -> str:
    """Write the newest certificate as a page into the governance zone; where it lies.

    Args:
        root: of the lake.
        document: as it was signed.
        file: its name in the folder of certificates.
    """
    return write_page(root, Zone.GOVERNANCE, PAGE, file=file, **document)
