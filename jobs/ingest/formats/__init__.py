"""The formats of the feeds: each from lines to text fields; what a supplier must know stands at the top of each.

What they have in common:

- First the camera register (`cameras.py`), and a partner's agreement in `conf/partners.yaml`; then reads. Rows that
  come before are refused, as `camera_unknown` or `source_unlicensed`, until that has come.
- A file may be packed with gzip or Zstandard, by whatever name. A header may be quoted, spaced, and in capitals.
- A mark keeps its letters (`jobs/ingest/vrms.py`). A row without a mark is not sent; one whose text says that there is
  none (`ingest.vrms.placeholders`) is refused. What cameras write for a character that they could not read
  (`ingest.vrms.unread`) becomes `?`: such a read may hit a hot-list's wildcards, and is in no journey, convoy or
  clone. A dot is no such character: on too many cameras it parts groups.
- A read without a position, or with one that cannot be (0, 0; the two numbers changed about; outside of `ingest.area`,
  or of the partner's own area), is kept without a place and flagged `position_missing`, `position_swapped` or
  `position_implausible`: it may hit a hot-list and is in a journey, and no distance is taken from it.
- `anprlake check FILE` judges a file before it is sent, `anprlake check --sample fixed` writes an example; what each
  reason for refusing a row means stands in `jobs/ingest/reasons.py`.
"""
