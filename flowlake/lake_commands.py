"""The commands about a lake: status, sql, export, rollback, maintain, verify."""

import argparse
import csv
import io
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from flowlake import arguments
from flowlake.jsontext import text
from flowlake.outcome import DONE, FAILED, Outcome
from flowlake.settings import Settings
from transforms.clean.display import cell, one_line, shown

Command = Callable[[argparse.Namespace, Settings], Outcome]

# What a person reads, and what a spreadsheet holds (1,048,576 with the header).
_ROWS_SHOWN, _ROWS_OF_CSV = 1_000, 1_000_000


def _status(_: argparse.Namespace, settings: Settings) -> Outcome:
    from flowlake.status import status

    result = status(settings)
    remarks = [
        f"{s['source']}: {s['snapshots']} batches, newest {s['newest'] or 'undated'}, "
        f"{s['rows_staged']} rows, {s['rows_rejected']} rejected, "
        f"last judgement {s['last_judgement']}, licence {s['licence'] or 'unknown'}"
        for s in result["sources"]
    ]
    remarks += [
        one_line(f"{s['source']} {o['batch']}: accepted by {o['by']}: {o['reason']}")
        for s in result["sources"]
        for o in s["overrides"]
    ]
    return Outcome(DONE, result, remarks=remarks or [f"{settings.lake}: nothing ingested yet"])


def _sql(args: argparse.Namespace, settings: Settings) -> Outcome:
    from flowlake.outfile import write_lines
    from flowlake.query import ask_lake

    most = args.rows if args.rows is not None else _ROWS_OF_CSV if args.csv else _ROWS_SHOWN
    answer = ask_lake(settings, args.query, seconds=args.seconds, rows=most)
    remarks = [f"only the first {most} rows are given; --rows gives more"] if answer.is_cut else []
    table = [answer.columns, *answer.rows]
    lines: Iterable[str] = ("\t".join(one_line(text(v)) for v in row) for row in table)
    if args.csv:
        lines = _csv(table, is_on_stdout=args.csv == "-")
    result = {"columns": answer.columns, "types": answer.types, "is_cut": answer.is_cut}
    if args.csv in (None, "-"):
        rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
        return Outcome(DONE, {**result, "rows": rows}, lines, remarks)
    write_lines(Path(args.csv), lines)
    written = f"{args.csv}: {len(answer.rows)} rows"
    return Outcome(DONE, {**result, "out": args.csv}, remarks=[*remarks, written])


def _csv(table: Iterable[tuple[Any, ...]], *, is_on_stdout: bool) -> Iterator[str]:
    """Lines of a CSV that no spreadsheet takes for a formula; a terminal is not steered by it."""
    is_seen = is_on_stdout and sys.stdout is not None and sys.stdout.isatty()
    for row in table:
        line = io.StringIO()
        cells = [cell(text(v)) for v in row]
        # Both, or a cell with one of them alone would not be quoted.
        csv.writer(line, lineterminator="\r\n").writerow(map(shown, cells) if is_seen else cells)
        yield line.getvalue().removesuffix("\r\n")


def _export(args: argparse.Namespace, settings: Settings) -> Outcome:
    from flowlake.ftm import export_ftm, licences
    from flowlake.outfile import write_lines

    lines = export_ftm(settings)
    remarks = [f"{name}: {licence}" for name, licence in licences(settings).items()]
    if args.out is None:
        return Outcome(DONE, {}, lines, remarks)
    written = write_lines(args.out, lines)
    remarks.append(f"{args.out}: {written} entities")
    return Outcome(DONE, {"out": args.out, "entities": written}, remarks=remarks)


def _maintain(args: argparse.Namespace, settings: Settings) -> Outcome:
    from flowlake.maintain import maintain_lake

    done = maintain_lake(settings, args.retention_days)
    swept, kept, gone = done["sweep"], done["compact"], done["vacuum"]
    few = [f"compacted: {kept['files_fewer']} files fewer"]
    few += ["the ledger in one file"] if kept["is_ledger_compacted"] else []
    few += [f"checkpoint of {table}" for table in kept["checkpoints"]]
    days, files, size = gone["retention_days"], gone["files"], gone["bytes"]
    remarks = [
        f"leftovers of crashes: {swept['files']} files, {swept['bytes']:,} bytes removed",
        ", ".join(few),
        f"vacuum: {files} files that gave way over {days} days ago, {size:,} bytes removed",
    ]
    return Outcome(DONE, done, remarks=remarks)


def _rollback(args: argparse.Namespace, settings: Settings) -> Outcome:
    from flowlake.maintain import rollback

    version = rollback(settings, args.table, args.to)
    said = f"{args.table}: now version {version}, with the content of version {args.to}"
    return Outcome(
        DONE, {"table": args.table, "version": version, "content_of": args.to}, remarks=[said]
    )


def _verify(_: argparse.Namespace, settings: Settings) -> Outcome:
    from flowlake.maintain import verify

    problems = verify(settings)
    remarks = [f"{p['file']}: {p['problem']}" for p in problems]
    whole = "whole" if not problems else f"{len(problems)} problems"
    remarks.append(f"{settings.lake}: {whole}")
    return Outcome(FAILED if problems else DONE, {"problems": problems}, remarks=remarks)


def add(command: Callable[[str, Command, str], argparse.ArgumentParser]) -> None:
    """Add these commands to the command line."""
    command("status", _status, "what each source holds")

    sub = command("sql", _sql, "one read-only query on the warehouse")
    sub.add_argument("query", metavar="SELECT")
    sub.add_argument(
        "--rows", type=arguments.count, help="most rows to give (1000; 1000000 with --csv)"
    )
    sub.add_argument("--seconds", type=arguments.seconds, default=60.0, help="time limit (60)")
    sub.add_argument(
        "--csv", metavar="FILE", help="write a CSV for spreadsheets; - is stdout (not with --json)"
    )
    sub.set_defaults(run=_checked_sql(sub))

    sub = command("export", _export, "what the lists say, for other programs")
    sub.add_argument("form", choices=["ftm"], help="FollowTheMoney entities, JSON lines")
    sub.add_argument("--out", type=Path, metavar="FILE", help="default: stdout")

    sub = command("rollback", _rollback, "return a lake table to an earlier version")
    sub.add_argument("table", metavar="TABLE", type=arguments.table)
    sub.add_argument("--to", type=arguments.count, required=True, metavar="VERSION")

    sub = command("maintain", _maintain, "remove leftovers, merge small files, vacuum")
    sub.set_defaults(progress=True)
    sub.add_argument(
        "--retention-days",
        type=arguments.retention,
        default=30,
        metavar="N",
        help="keep what a rollback or a reader of the last N days needs (30, at least 7)",
    )

    command("verify", _verify, "check every log entry, file, size, count and sha256")


def _checked_sql(sub: argparse.ArgumentParser) -> Command:
    """Two answers on one stdout are wrong usage."""

    def checked(args: argparse.Namespace, settings: Settings) -> Outcome:
        if args.csv == "-" and args.json:
            sub.error("--csv - and --json both write to stdout")
        return _sql(args, settings)

    return checked
