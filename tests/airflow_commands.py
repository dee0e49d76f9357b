"""Commands of Airflow in one process of their own: each start of it takes ten seconds of a slow core."""

SCRIPT = """
import shlex, sys
from airflow.__main__ import main
for line in filter(str.strip, sys.stdin):
    sys.argv = ["airflow", *shlex.split(line)]
    main()
"""
"""What a Python runs that is given commands as lines; the first that fails ends it."""
