"""`python -m tests.bench.ocr [part ...]`: all parts when none is named."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from tests.bench.figures import Report
from tests.bench.ocr.calibration import calibration, fit
from tests.bench.ocr.detection import detection
from tests.bench.ocr.memory import memory
from tests.bench.ocr.parts import parts
from tests.bench.ocr.photos import photos
from tests.bench.ocr.quiet import quiet
from tests.bench.ocr.rendered import rendered
from tests.bench.ocr.toll import toll

_PARTS: dict[str, Callable[[Report], None]] = {
    part.__name__: part for part in (toll, quiet, photos, rendered, detection, memory, parts, calibration)
}
_BY_NAME = _PARTS | {"fit": fit}
"""`fit` measures nothing: it is run by its name, when the reader has changed."""


def main(wanted: list[str]) -> int:
    """Measure the wanted parts, print and keep the table, and return the exit code: 2 for an unknown part."""
    unknown = [name for name in wanted if name not in _BY_NAME]
    if unknown:
        sys.stderr.write(f"no such part: {', '.join(unknown)}; there are {', '.join(_BY_NAME)}\n")
        return 2
    report = Report()
    for name in wanted or _PARTS:
        _BY_NAME[name](report)
    return report.show("bench-ocr", wanted)


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[3])
    sys.exit(main(sys.argv[1:]))
