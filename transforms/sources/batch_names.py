"""What a batch is called: the unit that later bytes of the same name replace."""

from datetime import date
from pathlib import PurePosixPath

from transforms.errors import InputRefused
from transforms.sources.base import BatchName, RawSet, Source


def batch_name(source: Source, raw: RawSet, day: date | None) -> str:
    """The batch's name, as its source wants batches named."""
    match source.batch_name:
        case BatchName.DATE:
            return known_date(source, raw, day).isoformat()
        case BatchName.STEM:
            return _stem(source, raw)
        case BatchName.CONTENT:
            return raw.sha256[:16]


def known_date(source: Source, raw: RawSet, day: date | None) -> date:
    """The day; ``InputRefused`` where nobody stated one."""
    if day is None:
        raise InputRefused(
            f"{source.name} {file_names(raw)}: no date in the option, the name or the file; "
            "give --date YYYY-MM-DD"
        )
    return day


def file_names(raw: RawSet) -> str:
    """Names of a batch's files, for messages."""
    return ", ".join(f.name for f in raw.files)


def _stem(source: Source, raw: RawSet) -> str:
    """Name before the source's suffix: twins such as slot and slot.translation stay two."""
    names = [PurePosixPath(f.name).name for f in raw.files]
    for name in names:
        for suffix in source.suffixes:
            if name.lower().endswith(suffix):
                return name[: -len(suffix)]
    return names[0].split(".", 1)[0]
