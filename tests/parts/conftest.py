"""A bucket, for the lakes that are not on a disk."""

from tests.buckets import s3_lake, s3_options

__all__ = ["s3_lake", "s3_options"]
