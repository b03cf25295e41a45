"""Disk space, asked before a stage begins instead of met in its middle."""

import shutil

from transforms.errors import InputRefused, NoSpace
from transforms.lake.storage import Storage
from transforms.lake.warehouse import WAREHOUSE

# Raw copy, staged Parquet and core tables: each at most as large as the input.
_COPIES = 3


class TooLittleSpace(NoSpace, InputRefused):
    """The disk cannot take what this input becomes: exit 3, before anything is written."""


def need_space(storage: Storage, input_bytes: int) -> None:
    """Raise unless three times the input and another warehouse would fit."""
    warehouse = storage.size(WAREHOUSE) if storage.exists(WAREHOUSE) else 0
    needed = _COPIES * input_bytes + warehouse
    folder = storage.scratch()  # locally on the lake's own disk
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise TooLittleSpace(
            f"{needed:,} bytes of disk are needed ({_COPIES} × {input_bytes:,} of input and "
            f"{warehouse:,} for the warehouse), but {storage.root or folder} has {free:,} free; "
            f"free {needed - free:,} bytes and run it again"
        )
