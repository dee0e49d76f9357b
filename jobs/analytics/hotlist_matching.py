"""Which marks a hot-list names: text against text, whatever the day, before any read is looked at.

A day of millions of reads has far fewer marks, and only those are compared. Exact and possible marks meet by equality;
a mark meets only those patterns that share its first or last characters.
"""

import pyspark.sql.functions as F
from pyspark.sql import Column, DataFrame

from ocr.vrm import CONFUSED_WITH

_WILDCARD = r"[?*]"
_ANCHOR = 3
"""Characters of a pattern's beginning or end by which it meets marks: more seldom, and a mark has more of them."""


def matches(read: DataFrame, listed: DataFrame) -> DataFrame:
    """Pairs of a mark that was read and an entry's mark that names it.

    Args:
        read: vrm, distinct.
        listed: entry_vrm, distinct; may hold ? and *.

    Returns:
        vrm, entry_vrm, match: `exact` where they are equal; `partial` where the wildcards fit; `possible` where one
        character is another that readers confuse with it (`ocr.vrm.CONFUSED`).
    """
    has_wildcard = F.col("entry_vrm").rlike(_WILDCARD)
    whole, patterns = listed.where(~has_wildcard), listed.where(has_wildcard)
    exact = read.join(whole, F.col("vrm") == F.col("entry_vrm")).withColumn("match", F.lit("exact"))
    possible = read.join(_one_confusion_away(whole), "vrm").withColumn("match", F.lit("possible"))
    partial = _partial(read, patterns).withColumn("match", F.lit("partial"))
    return exact.unionByName(possible).unionByName(partial)


def _one_confusion_away(listed: DataFrame) -> DataFrame:
    """vrm, entry_vrm: each mark that differs from the entry's in one character, by a usual confusion."""
    confused = _confusions()

    def at_place(place: Column) -> Column:
        others = F.try_element_at(confused, F.substring("entry_vrm", place, F.lit(1)))
        return F.transform(
            F.coalesce(others, F.array().cast("array<string>")), lambda other: F.overlay("entry_vrm", other, place)
        )

    variants = F.flatten(F.transform(F.sequence(F.lit(1), F.length("entry_vrm")), at_place))
    return listed.select(F.explode(variants).alias("vrm"), "entry_vrm")


def _confusions() -> Column:
    """Map of a character to those with which readers confuse it."""
    pairs: list[Column] = []
    for one, others in CONFUSED_WITH.items():
        pairs += [F.lit(one), F.array(*(F.lit(other) for other in others))]
    return F.create_map(*pairs)


def _partial(read: DataFrame, patterns: DataFrame) -> DataFrame:
    """vrm, entry_vrm: marks that fit a pattern, met by what the pattern fixes at its beginning or end."""
    pattern, vrm = F.col("entry_vrm"), F.col("vrm")
    prepared = patterns.select(
        "entry_vrm",
        _anchor(pattern).alias("anchor"),
        # The mark holds only letters, digits and the two wildcards (ingest/hotlist/entries.py): nothing to escape.
        F.replace(F.replace(pattern, F.lit("?"), F.lit("_")), F.lit("*"), F.lit("%")).alias("like_text"),
        F.length(F.replace(pattern, F.lit("*"))).alias("shortest"),
        F.when(pattern.contains("*"), F.lit(None)).otherwise(F.length(pattern)).alias("longest"),
        _longest_run(pattern).alias("run"),
    )
    met = read.select("vrm", F.explode(_anchors(vrm)).alias("anchor")).join(F.broadcast(prepared), "anchor")
    # Spark evaluates from left to right: the pattern itself, which is dear, comes last.
    fits = (
        (F.length(vrm) >= F.col("shortest"))
        & F.coalesce(F.length(vrm) <= F.col("longest"), F.lit(True))
        & F.contains(vrm, F.col("run"))
        & F.expr("vrm LIKE like_text")
    )
    return met.where(fits).select("vrm", "entry_vrm")


def _anchor(pattern: Column) -> Column:
    """By what a pattern meets marks: `^AB` where it begins with more than it ends with, else `CD$`; `^` if neither."""
    beginning = F.regexp_extract(pattern, f"^[A-Z0-9]{{0,{_ANCHOR}}}", 0)
    end = F.regexp_extract(pattern, f"[A-Z0-9]{{0,{_ANCHOR}}}$", 0)
    return F.when(F.length(beginning) >= F.length(end), F.concat(F.lit("^"), beginning)).otherwise(
        F.concat(end, F.lit("$"))
    )


def _anchors(vrm: Column) -> Column:
    """All anchors by which patterns may meet a mark, each once."""
    lengths = range(1, _ANCHOR + 1)
    beginnings = [F.concat(F.lit("^"), F.left(vrm, F.lit(length))) for length in lengths]
    ends = [F.concat(F.right(vrm, F.lit(length)), F.lit("$")) for length in lengths]
    return F.array_distinct(F.array(F.lit("^"), *beginnings, *ends))


def _longest_run(pattern: Column) -> Column:
    """The longest text without a wildcard in a pattern."""
    runs = F.transform(
        F.split(pattern, _WILDCARD), lambda run: F.struct(F.length(run).alias("length"), run.alias("run"))
    )
    return F.array_max(runs)["run"]
