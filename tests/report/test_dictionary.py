"""The data dictionary: every table and column of the catalogue, and the same in the tables themselves."""

from pathlib import Path

import pytest
from deltalake import DeltaTable

from jobs.lake.tables import CATALOGUE, READS
from jobs.report.dictionary import NoSuchTableError, facts, show_dictionary, tables_named, write_data_dictionary


def test_the_page_names_every_table_and_what_each_column_means(night):
    page = Path(write_data_dictionary(night)).read_text(encoding="utf-8")
    for table in CATALOGUE:
        assert f'id="{table.full_name}"' in page
        assert all(f">{column.name}</th>" in page for column in table.columns)
    assert "Kept 730 days from capture_date (class reads)" in page


def test_the_console_describes_one_table_without_a_lake(settings, capsys):
    show_dictionary("restricted.reads", settings.retention.limits)
    shown = capsys.readouterr().out
    assert "sighting_ids" in shown
    assert "quarantine" not in shown
    assert facts(READS, settings.retention.limits)[-1] == "sorted by vrm, captured_at"


def test_an_unknown_table_is_one_clear_line():
    assert [table.full_name for table in tables_named("reads")] == ["restricted.reads", "analytic.reads"]
    with pytest.raises(NoSuchTableError, match="nonsense: no such table; there are restricted"):
        tables_named("nonsense")


def test_comments_arrive_in_the_tables_own_metadata(night):
    night.store.ensure(READS)
    table = DeltaTable(night.store.path(READS))
    assert table.metadata().description == READS.comment
    comments = {field.name: field.metadata.get("comment") for field in table.schema().fields}
    assert comments == {column.name: column.comment for column in READS.columns}
