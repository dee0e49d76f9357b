"""Buckets that keep old versions of objects: there a purge deletes nothing, so it is refused."""

import re
from collections.abc import Iterable
from typing import Any

from py4j.protocol import Py4JError
from pyspark.sql import SparkSession

from jobs.domain.errors import LakeError
from jobs.runtime.night import Night

_BUCKET = re.compile("^s3a://([^/]+)")


class VersionedError(LakeError):
    """A bucket keeps what is deleted from it; the message names it."""


def require_no_old_versions(night: Night) -> tuple[str, ...]:
    """Refuse to purge where what is deleted is kept.

    Returns:
        Places of which nobody can tell: other object stores than S3, or one that does not say.

    Raises:
        VersionedError: a bucket of the lake or of landing has versioning on, or had it once and keeps what it kept.
    """
    storage = night.settings.storage
    return tuple(_unknown(night, sorted({storage.root, storage.landing})))


def _unknown(night: Night, places: Iterable[str]) -> Iterable[str]:
    for place in places:
        if "://" not in place:
            continue
        bucket = _BUCKET.match(place)
        status = _versioning(night.store.spark, place, bucket[1]) if bucket else None
        if status in {"Enabled", "Suspended"}:
            raise VersionedError(
                f"the bucket {bucket[1] if bucket else ''} has versioning {status.lower()}: it keeps what a purge "
                "deletes; take a bucket without, or have its old versions expire and versioning never be on"
            )
        if status is None:
            yield place


def _versioning(spark: SparkSession, place: str, bucket: str) -> str | None:
    """Enabled, Suspended, or empty where it never was on; None where the storage does not say."""
    jvm: Any = spark._jvm  # noqa: SLF001 - Spark's way to Hadoop's file systems
    context = spark.sparkContext._jsc  # noqa: SLF001 - the same
    try:
        store = jvm.org.apache.hadoop.fs.Path(place).getFileSystem(context.hadoopConfiguration())
        client = store.getS3AInternals().getAmazonS3Client("whether the bucket keeps old versions")
        request = jvm.software.amazon.awssdk.services.s3.model.GetBucketVersioningRequest.builder().bucket(bucket)
        return str(client.getBucketVersioning(request.build()).statusAsString() or "")
    except Py4JError:  # it may not be asked, or the server does not know the question
        return None
