"""The night: footage and feeds in, validated reads and findings out.

Runs at 02:00 UTC for the day before, which is its logical date. Each task is one `anprlake` command through
spark-submit; each can be run again with the same result.

| task | does | when it fails |
|---|---|---|
| `ingest` | camera register, hot-lists, feed files, footage catalogue | the log names the file or setting; bad rows never fail it, they go to quarantine |
| `ocr` | reads the plates of new footage | bad files never fail it; missing weights do: see `ocr.models`; cleared, it goes on with the ranges that are left |
| `consolidate` | stages the reads of every day whose sightings have changed | clear it |
| `validate` | the quality gate; publishes the days that pass | the log and `governance.quality_results` name the critical expectation; mend the cause, then clear from `consolidate` |
| `analyse` | hot-list hits, journeys, flows, convoys, clones | clear it |
| `recover` | runs only when a task failed: empties the stage, removes working files of killed jobs | clear it |
| `night_closed` | is green only when every stage was | |

**A failed night**: published days stay as they were. Mend what the log names, then clear the failed task and
what follows it (from `consolidate` on if `recover` ran).

**What is unusual of a day** does not stop it, unless its severity is made critical: `anprlake quality` and
`restricted/quality.html` list it with its owner.

| finding | what to do |
|---|---|
| `camera_silent`, `camera_few_reads` | is its file late? then nothing: the day is judged again when it comes; else send somebody to the camera, or end it in the register |
| `camera_rubbish` | look at its plate patches: lens, focus, light, a changed reader; its reads stay, with their confidence |
| `clock_offset`, `clock_jumped` | set the camera's clock and note since when it was wrong: reads keep the time as received. Of `clock_pairs`, see first whether its neighbours are silent |
| `feed_stopped` | ask the sender; for a partner see that its licence in `conf/partners.yaml` has not ended |

**Backfill**: `airflow backfill create --dag-id anpr_nightly --from-date 2026-11-01 --to-date 2026-11-07
--reprocess-behavior completed` runs all seven nights; what is not over yet is left out. The pool `anpr_lake_writers`
lets one writer at a time touch the lake, so a backfill and tonight's run cannot harm each other.

**Look first**: `anprlake backfill --from 2026-11-01 --to 2026-11-07 --stage consolidate` tells which of
these days of capture would be built anew and how many reads would change, and writes nothing.

**By hand**: `airflow dags trigger anpr_nightly --conf '{"process_date": "2026-11-20"}'`; without a date it takes the
last whole night.
"""

from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import dag
from airflow.sdk.bases.operator import chain
from airflow.task.trigger_rule import TriggerRule
from lake_task import DEFAULTS, FOR_NIGHT, NIGHT, lake_task
from nights import Nights, night_of

from jobs.runtime.stage_names import Stage


@dag(
    schedule=Nights(delay=timedelta(hours=2)),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    default_args=DEFAULTS,
    user_defined_macros={"night_of": night_of},
    params=FOR_NIGHT,
    tags=["anpr", "nightly"],
    doc_md=__doc__,
)
def anpr_nightly() -> None:
    """The stages in order, a clean-up when one failed, and a last task that is green only when all were."""
    stages = [lake_task(stage, "--process-date", NIGHT) for stage in Stage]
    chain(*stages)
    recover = lake_task("recover", "--process-date", NIGHT, trigger_rule=TriggerRule.ONE_FAILED)
    closed = EmptyOperator(task_id="night_closed", trigger_rule=TriggerRule.NONE_FAILED)
    stages >> recover
    [stages[-1], recover] >> closed


anpr_nightly()
