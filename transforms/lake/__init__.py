"""The lake: raw bytes, Delta tables, the warehouse file, and what keeps them whole.

========== =========================================================================================
storage    bytes by name in a folder or a bucket; ``s3``, ``durable`` (syncs), ``lock``
raw        bytes as received, by their sha256
cut        several tables in step: ``publish_batch``, ``rollback``, ``served``; ``ledger``, ``log``
delta      one table by itself; ``candidate`` (files checked), ``commit``, ``stamp``, ``tables``
warehouse  the DuckDB file and exports: built aside, proven, exchanged
verify     every checksum there is; ``janitor`` and ``maintain`` clean up, ``space`` asks before
========== =========================================================================================
"""
