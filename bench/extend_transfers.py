"""A day more of transfers: python -m bench.extend_transfers [days [rows a day] | quick] [folder].

Generated staged days (the exports themselves are bench/ingest_transfers.py's) become core.transfers
in a process each: the history from nothing, then the day after it on top, and beside it the same
day in a lake of its own. The peer is flowlake without a history. What core.transfers takes is told
apart from what a build takes in all, where traces and hubs look at all transfers by number.
"""

import contextlib
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

DAYS, ROWS = 50, 1_000_000
BLOCKS = 7_200  # Ethereum's a day

# Half tokens and half coins; a few million addresses, a tenth of the rows worth nothing.
DAY = """
    select
        'ethereum_etl' as source, $batch as batch, 'ethereum' as chain,
        case when i % 2 = 0 then 'ethereum:eth' else 'ethereum:0x' || md5((i % 997)::varchar) || '00000000' end as asset,
        15000000 + $day * 7200 + (i - i % 2) * 7200 // $rows as block_number,
        timestamptz '2022-06-21 00:00:00+00' + to_seconds((block_number - 15000000) * 12) as block_timestamp,
        block_timestamp::date as block_date,
        '0x' || md5('b' || block_number) || md5('c' || block_number) as block_hash,
        '0x' || md5('t' || $day || ' ' || i // 2) || md5('u' || i // 2) as transaction_hash,
        (i - (block_number - 15000000 - $day * 7200) * $rows // 7200) // 2 as transaction_index,
        case when i % 2 = 0 then transaction_index else i % 500 end as position,
        case when i % 2 = 0 then 'transaction' else 'log' end as position_basis,
        case when i % 2 = 0 then 'native' else 'token' end as kind,
        '0x' || substr(md5('a' || (hash(i, $day) % 3000000)), 1, 32) || '00000000' as from_address,
        '0x' || substr(md5('a' || (hash($day, i) % 3000000)), 1, 32) || '00000000' as to_address,
        case when i % 10 = 3 then '0' else (1 + hash(i) % 1000000000)::varchar || '000000000' end as value,
        value::decimal(38, 0) as value_d38, false as has_wide_value,
        case when i % 2 = 1 then '0x' || md5((i % 997)::varchar) || '00000000' end as contract,
        true as is_effective, true as is_status_known, true as is_exact, true as is_fungible,
        repeat('0', 64 - length($day::varchar)) || $day as raw_sha256, 'transactions.csv:' || i as record_id
    from range($rows) as r (i)
"""  # noqa: E501  (a table of columns)


def stage(lake, day, rows):
    """Publish a generated day of staged transfers."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from transforms.engine.duckdb import connect
    from transforms.lake.candidate import CandidateFile, TableCommit, sha256_of
    from transforms.lake.cut import publish_batch
    from transforms.lake.ledger import Record
    from transforms.lake.storage import Storage
    from transforms.schemas import table

    schema = table("staged.transfers")
    storage = Storage(str(lake))
    path = storage.scratch() / f"{day}.parquet"
    with connect(memory_limit="4GB", spill=storage.scratch() / "spill") as con:
        reader = con.execute(DAY, {"day": day, "rows": rows, "batch": f"d{day}"})
        with pq.ParquetWriter(path, schema.arrow, compression="zstd") as out:
            for batch in reader.to_arrow_reader(250_000):
                given = dict(zip(batch.schema.names, batch.columns, strict=True))
                columns = [
                    given[f.name].cast(f.type) if f.name in given else pa.nulls(len(batch), f.type)
                    for f in schema.arrow
                ]
                out.write_batch(pa.record_batch(columns, schema=schema.arrow))
    partition = {"source": "ethereum_etl", "batch": f"d{day}"}
    at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=day)
    row = {"run_id": f"r{day}", **partition, "status": "published", "published": True}
    publish_batch(
        storage,
        [
            TableCommit(
                "staged.transfers",
                [CandidateFile(path, rows, sha256_of(path), partition)],
                schema.arrow,
                schema.partition_by,
                [partition],
            )
        ],
        Record(f"d{day}", f"{day:064}", [{**row, "recorded_at": at}]),
    )


def child(what, lake, *arguments):
    """One act in a process of its own; prints its figures as JSON."""
    taken = {}
    if what == "stage":
        for day in range(int(arguments[0]), int(arguments[1])):
            stage(lake, day, int(arguments[2]))
    else:
        from flowlake.build import build
        from flowlake.settings import Settings
        from transforms.parts.extend import Extension

        for name in ("run", "publish"):
            setattr(Extension, name, timed(getattr(Extension, name), taken))
        start = time.perf_counter()
        build(Settings.from_env(str(lake)))
        taken["all"] = time.perf_counter() - start
    usage = resource.getrusage(resource.RUSAGE_SELF)
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    cpu = usage.ru_utime + usage.ru_stime
    print(json.dumps({**taken, "cpu": cpu, "peak": int(peak[1]) / 1024}))


def timed(act, taken):
    """An act that adds the wall and processor seconds it took to ``transfers``."""

    def run(*arguments, **options):
        start, before = time.perf_counter(), time.process_time()
        try:
            return act(*arguments, **options)
        finally:
            taken["transfers"] = taken.get("transfers", 0) + time.perf_counter() - start
            spent = time.process_time() - before
            taken["transfers_cpu"] = taken.get("transfers_cpu", 0) + spent

    return run


def measured(what, lake, *arguments):
    command = [sys.executable, __file__, "child", what, str(lake), *map(str, arguments)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(said.splitlines()[-1])


def say(name, found):
    print(
        f"{name:24} core.transfers {found['transfers']:7.1f} s (cpu {found['transfers_cpu']:6.1f})"
        f"  build {found['all']:7.1f} s (cpu {found['cpu']:6.1f})  peak {found['peak']:6,.0f} MiB",
        flush=True,
    )
    return found


def main(days, rows, folder):
    long, short = folder / "history", folder / "day"
    for lake in (long, short):
        shutil.rmtree(lake, ignore_errors=True)
    measured("stage", long, 0, days, rows)
    say(f"{days * rows:,} rows", measured("build", long))
    measured("stage", short, days, days + 1, rows)
    alone = say("a day alone", measured("build", short))
    measured("stage", long, days, days + 1, rows)
    more = say("the day on top", measured("build", long))
    for what, name in (
        ("transfers_cpu", "processor time of core.transfers"),
        ("transfers", "wall time of core.transfers"),
        ("cpu", "processor time of the build"),
        ("all", "wall time of the build"),
    ):
        print(f"ratio, {name} {more[what] / alone[what]:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(sys.argv[2], Path(sys.argv[3]), *sys.argv[4:])
    else:
        given = sys.argv[1:]
        size = (4, 50_000) if given[:1] == ["quick"] else (DAYS, ROWS)
        numbers = [int(a) for a in given if a.isdigit()]
        size = (*numbers, *size[len(numbers) :])
        paths = [a for a in given if not a.isdigit() and a != "quick"]
        with contextlib.ExitStack() as stack:
            place = paths[0] if paths else stack.enter_context(tempfile.TemporaryDirectory())
            main(*size, Path(place))
