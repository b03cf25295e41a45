"""Stage: raw bytes → candidate rows, batch by batch, and why a batch was refused.

One refused batch never costs another: its reason is kept, its bytes stay in raw, the rest goes on.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import duckdb

from flowlake.accepted import Accepted, accepted, snapshot_until
from flowlake.compared import differences
from flowlake.packed import files_alone
from flowlake.runs import PlannedBatch, Run
from flowlake.settings import Settings
from transforms.clean.display import one_line
from transforms.engine.duckdb import connect
from transforms.errors import FileRefused, InputRefused
from transforms.lake import raw
from transforms.lake.cut import confirm
from transforms.lake.durable import naming_full_disk
from transforms.lake.space import need_space
from transforms.lake.storage import Storage
from transforms.readers.packed import READ_BYTES
from transforms.readers.unpack import contents
from transforms.schemas import table as schema_table
from transforms.sources import registry
from transforms.sources.base import (
    PART_OF_A_LIST,
    Family,
    RawFile,
    RawSet,
    Snapshot,
    Source,
    is_made_of_changes,
)
from transforms.sources.batch import Batch
from transforms.sources.batch_names import file_names
from transforms.sources.candidate import Candidate
from transforms.sources.pack import Pack

logger = logging.getLogger(__name__)

# Several lines of a terminal.
_LONGEST_REASON = 2_000


def stage(settings: Settings, run: Run) -> None:
    """Stage every planned batch of a run; what is published already is not staged again."""
    storage = settings.storage
    confirm(storage)
    source = registry.source(run.source)
    known = accepted(storage, source)
    planned_batches = list(run.batches())
    pack = None
    if len(planned_batches) > 1 and schema_table(source.family.main_table).packed_by:
        pack = Pack(source, run.folder)
    led_to: dict[int, Snapshot] = {}  # by full files: what changes had led to before them
    for planned in planned_batches:
        # A list that did not change from one day to the next is a snapshot of each; only where
        # nobody says which day it is does the same content mean the same snapshot.
        is_dated = planned.date_basis in ("option", "name", "name_month")
        if known.holds(planned.sha256, planned.dated if is_dated else None):
            why = known.left_out(planned.sha256)
            left_out = {f.name: why[f.sha256] for f in planned.files if f.sha256 in why}
            done = {"status": "nothing_new", "refused": left_out}
            run.write(f"{planned.number}/published.json", done)
            continue
        # Outside: a full disk says nothing of the file.
        need_space(storage, sum(f.size for f in planned.files))
        try:
            with naming_full_disk(f"staging {run.source} {planned.label}", storage.root):
                _stage(settings, run, planned, pack, known)
            if pack and (made := pack.made_of_changes()):
                led_to[planned.number] = made
        except InputRefused as e:
            reason = _readable(e)
            logger.warning("refused %s", reason)
            run.write(f"{planned.number}/refused.json", {"reason": reason})
    with naming_full_disk(f"staging {run.source}", storage.root):
        if pack is not None:
            pack.close()
        if source.family is Family.DESIGNATIONS:
            for planned in planned_batches:
                folder = run.batch_folder(planned.number)
                _compare(settings, source, known, folder, led_to.get(planned.number))


def _readable(e: InputRefused) -> str:
    """The reason quotes what was found; a header of zeros, or of a megabyte, nobody reads."""
    return one_line(str(e))[:_LONGEST_REASON]


def _stage(
    settings: Settings,
    run: Run,
    planned: PlannedBatch,
    pack: Pack | None,
    known: Accepted,
) -> None:
    if planned.refusal:
        raise InputRefused(planned.refusal)
    source, storage = registry.source(run.source), settings.storage
    opened = RawSet(
        source=source.name,
        files=tuple(
            RawFile(f.name, raw.open_raw(storage, source.name, f.sha256), f.sha256, f.size)
            for f in planned.files
        ),
        sha256=planned.sha256,
        date=planned.day,
        date_basis=planned.date_basis,
        options={k: _opened(storage, source.name, v) for k, v in planned.options.items()},
        held=partial(_held, storage, source, pack),
    )
    folder = run.batch_folder(planned.number)
    new_batch = partial(
        Batch, source, opened, folder, partial(_connect, settings, folder / "spill"), pack
    )
    broken: dict[str, str] = {}
    while found := _parse(opened, new_batch(), broken, known):
        broken |= found


def _held(storage: Storage, source: Source, pack: Pack | None, day: date) -> Snapshot | None:
    """The newest whole snapshot not after a day: of this run, or of the lake where it is newer."""
    staged = pack.newest(day) if pack else None
    served = snapshot_until(storage, source, day)
    return served if staged is None or (served and served.date > staged.date) else staged


def _compare(
    settings: Settings, source: Source, known: Accepted, folder: Path, led_to: Snapshot | None
) -> None:
    """Count where a full file differs from the snapshot that changes had led to."""
    path = folder / "candidate.json"
    candidate = Candidate.load(path) if path.exists() else None
    if candidate is None or candidate.date is None or candidate.is_part:
        return
    if is_made_of_changes(candidate.warnings):
        return
    day = date.fromisoformat(candidate.date)
    earlier = known.until(candidate.date)
    if led_to and led_to.date <= day and (earlier is None or earlier <= led_to.date.isoformat()):
        before: Snapshot | None = led_to
    elif earlier is None or not is_made_of_changes(known.warnings(earlier)):
        return
    else:
        before = snapshot_until(settings.storage, source, day)
    if before is None or not before.is_made_of_changes:
        return
    with _connect(settings, folder / "spill") as con:
        found = differences(files_alone(candidate, folder), before, con)
    replace(candidate, warnings=dict(candidate.warnings) | found).save(folder)


def _parse(
    opened: RawSet, batch: Batch, broken: Mapping[str, str], known: Accepted
) -> dict[str, str]:
    """Parse all files but the broken ones; tells which others are, and then nothing is staged."""
    for name, reason in broken.items():
        batch.refuse(reason, file=name)
    sound = tuple(f for f in opened.files if f.name not in broken)
    try:
        registry.parser(opened.source)(replace(opened, files=sound), batch)
        _refuse_part_of_whole(batch, known)
        batch.close()
    except FileRefused as e:
        batch.discard()
        # Rows of it were staged, so all starts over; others that end too early are found at once.
        return {**_broken(sound), e.file: _readable(e)}
    except InputRefused as e:
        others = (reason for reason in batch.refused.values() if reason not in str(e))
        raise InputRefused("; ".join([*others, str(e)])) from e
    return {}


def _refuse_part_of_whole(batch: Batch, known: Accepted) -> None:
    """``InputRefused`` where a part of a list would replace the whole snapshot of its day."""
    if batch.is_list_complete or batch.name not in known.batches or known.is_part(batch.name):
        return
    what = next(w for w in batch.warnings if w.startswith(PART_OF_A_LIST))
    raise InputRefused(
        f"{batch.source.name} {file_names(batch.raw)}: {what}; expected a day without a snapshot, "
        f"found the whole list of {batch.name} published, which it would replace"
    )


def _broken(files: Iterable[RawFile]) -> dict[str, str]:
    """Files whose bytes end too early or fail their checksum, and the reasons."""
    found = {}
    for file in files:
        try:
            for _, stream in contents(file.path, file.name):
                while stream.read(READ_BYTES):
                    pass
        except InputRefused as e:
            found[file.name] = _readable(e)
    return found


def _connect(settings: Settings, spill: Path) -> duckdb.DuckDBPyConnection:
    return connect(memory_limit=settings.memory_limit, threads=settings.threads, spill=spill)


def _opened(storage: Storage, source: str, value: str) -> str:
    """Value of an option; one that was a file is the path of its received bytes."""
    digest = value.removeprefix("sha256:")
    return value if digest == value else str(raw.open_raw(storage, source, digest))
