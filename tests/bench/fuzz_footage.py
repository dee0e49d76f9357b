"""`python -m tests.bench.fuzz_footage [FILES] [SEED]`: thousands of broken videos through the reading process."""

import sys
import tempfile
import time
from pathlib import Path

from tests.ocr.mutants import fuzz


def main(files: int, seed: int) -> int:
    """Print what came of the files; keep those that broke the process; 1 when there are any."""
    folder = Path(tempfile.mkdtemp(prefix="anprlake-fuzz-"))
    began = time.monotonic()
    found = fuzz(folder, files, seed)
    sys.stdout.write(f"{files} broken files, seed {seed}, {time.monotonic() - began:.0f} s\n")
    for outcome, count in found.outcomes.most_common():
        sys.stdout.write(f"  {outcome}: {count}\n")
    sys.stdout.write(f"  slowest file: {found.slowest_s:.1f} s\n")
    for name, reason in found.poison:
        sys.stdout.write(f"  {reason}: {folder / name}\n")
    return int(bool(found.poison))


if __name__ == "__main__":
    sys.exit(main(*(int(number) for number in (*sys.argv[1:], *("3000", "1")[len(sys.argv) - 1 :]))))
