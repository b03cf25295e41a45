"""The command line: parses and prints, nothing else.

Summaries go to stderr, with ``--json`` one JSON object to stdout. Exit status: 0 done or nothing
new, 1 anything else, 2 wrong usage, 3 input refused, 4 a critical expectation failed.
Everything heavy is imported inside the command that needs it.
"""

import argparse
import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from flowlake.settings import Settings
from transforms.clean.display import shown
from transforms.errors import GateFailed, InputRefused, LakeError, NothingNew

Outcome = tuple[int, Mapping[str, Any]]

DONE, FAILED, REFUSED, GATE_FAILED = 0, 1, 3, 4


def say(text: str = "") -> None:
    """Print one line for people."""
    print(shown(text), file=sys.stderr)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    args = _parser().parse_args(argv)
    logging.basicConfig(
        level=logging.DEBUG if args.verbose else logging.INFO if args.progress else logging.WARNING,
        format="%(message)s",
        stream=sys.stderr,
    )
    command: Callable[[argparse.Namespace, Settings], Outcome] = args.run
    try:
        status, result = command(args, Settings.from_env(args.lake))
    except NothingNew as e:
        say(str(e))
        status, result = DONE, {"nothing_new": str(e)}
    except InputRefused as e:
        say(str(e))
        return REFUSED
    except GateFailed as e:
        say(str(e))
        return GATE_FAILED
    except (LakeError, OSError) as e:
        say(str(e) or type(e).__name__)
        return FAILED
    except KeyboardInterrupt:
        say("interrupted; what was published before is unchanged")
        return 130
    if args.json:
        try:
            print(json.dumps(result, default=str, ensure_ascii=False))
            sys.stdout.flush()
        except BrokenPipeError:  # the reader has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _ingest(args: argparse.Namespace, settings: Settings) -> Outcome:
    from flowlake.ingest import ingest

    options = {"mapping": str(args.mapping)} if args.mapping else {}
    if args.chain:
        options["chain"] = args.chain
    result = ingest(settings, args.source, args.paths, day=args.date, options=options)
    for s in result.snapshots:
        say(
            f"{args.source} {s['batch']}: {s['rows_read']} read, {s['rows_staged']} staged, "
            f"{s['rows_rejected']} rejected: {s['status'].replace('_', ' ')}"
        )
        for warning, records in s["warnings"].items():
            say(f"  {records} × {warning}")
    for problem in result.problems:
        say(problem)
    return result.exit_status, {"source": args.source, "snapshots": result.snapshots}


def _build(args: argparse.Namespace, settings: Settings) -> Outcome:
    from flowlake.build import build

    result = build(settings, engine=args.engine, is_forced=args.force)
    for table, rows in result["tables"].items():
        say(f"{table}: {rows} rows")
    say(f"{result['warehouse']}: {result['status']}")
    return DONE, result


def _trace(args: argparse.Namespace, settings: Settings) -> Outcome:
    from flowlake.trace import trace

    result = trace(
        settings,
        seeds=args.seeds,
        services=args.services,
        policies=args.policy,
        seed_funds=args.seed_funds,
        out=args.out,
    )
    for policy, books in result["policies"].items():
        for asset, seeded in books["seeded"].items():
            say(
                f"{policy} {asset}: seeded {seeded}, sunk {books['sunk'][asset]}, "
                f"held {books['held'][asset]}, burned {books['burned'][asset]}, "
                f"fees {books['fees'][asset]}, residual {books['residual'][asset]}"
            )
        say(
            f"{policy}: {books['addresses_reached']} addresses reached, "
            f"{books['addresses_tainted']} tainted, {books['services_hit']} services hit"
        )
    return DONE, result


def _status(_: argparse.Namespace, settings: Settings) -> Outcome:
    from flowlake.status import status

    result = status(settings)
    for s in result["sources"]:
        say(
            f"{s['source']}: {s['snapshots']} batches, newest {s['newest'] or 'undated'}, "
            f"{s['rows_staged']} rows, {s['rows_rejected']} rejected, "
            f"last judgement {s['last_judgement']}"
        )
    if not result["sources"]:
        say(f"{settings.lake}: nothing ingested yet")
    return DONE, result


def _sql(args: argparse.Namespace, settings: Settings) -> Outcome:
    from flowlake.query import ask_lake

    answer = ask_lake(settings, args.query, seconds=args.seconds, rows=args.rows)
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    if not args.json:
        print("\t".join(answer.columns))
        for row in answer.rows:
            print("\t".join("" if v is None else shown(str(v)).replace("\t", " ") for v in row))
    if answer.is_cut:
        say(f"only the first {args.rows} rows are shown; --rows shows more")
    return DONE, {"columns": list(answer.columns), "rows": rows, "is_cut": answer.is_cut}


def _rollback(args: argparse.Namespace, settings: Settings) -> Outcome:
    from flowlake.maintain import rollback

    version = rollback(settings, args.table, args.to)
    say(f"{args.table}: now version {version}, with the content of version {args.to}")
    return DONE, {"table": args.table, "version": version, "content_of": args.to}


def _verify(_: argparse.Namespace, settings: Settings) -> Outcome:
    from flowlake.maintain import verify

    problems = verify(settings)
    for p in problems:
        say(f"{p['file']}: {p['problem']}")
    say(f"{settings.lake}: {'whole' if not problems else f'{len(problems)} problems'}")
    return (FAILED if problems else DONE), {"problems": problems}


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--lake", metavar="DIR", help="lake: a folder or s3://… ($FLOWLAKE_LAKE)")
    common.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    common.add_argument("-v", "--verbose", action="store_true", help="say every step")
    parser = argparse.ArgumentParser(
        prog="flowlake",
        description="A data lake for sanctions and on-chain money flows.",
    )
    parser.set_defaults(progress=False)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace, Settings], Outcome], text: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, parents=[common], help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    sub = command("ingest", _ingest, "fetch or take files, stage, judge and publish them")
    sub.set_defaults(progress=True)
    sub.add_argument("source", metavar="SOURCE", type=_source, help=_sources_help())
    sub.add_argument("paths", metavar="PATH", nargs="*", help="files, folders, archives or URLs")
    sub.add_argument("--date", type=_day, metavar="YYYY-MM-DD", help="date of the snapshot")
    sub.add_argument("--mapping", type=_file, metavar="FILE.toml", help="mapping of mapped_csv")
    sub.add_argument("--chain", help="chain of an export that does not say it")

    sub = command("build", _build, "core, tracing, marts, warehouse, Parquet export, report")
    sub.set_defaults(progress=True)
    sub.add_argument("--engine", choices=["duckdb"], default="duckdb")
    sub.add_argument("--force", action="store_true", help="build even where nothing changed")

    sub = command("trace", _trace, "trace value over core.transfers from given addresses")
    sub.add_argument("--seeds", type=_file, required=True, metavar="FILE")
    sub.add_argument("--services", type=_file, metavar="FILE", help="default: core.services")
    sub.add_argument("--policy", type=_policies, default=["fifo", "haircut"], metavar="P,P,…")
    sub.add_argument("--seed-funds", choices=["opening", "all"], default="opening")
    sub.add_argument("--out", type=Path, metavar="DIR", help="write the traces as Parquet")

    command("status", _status, "what each source holds")

    sub = command("sql", _sql, "one read-only query on the warehouse")
    sub.add_argument("query", metavar="SELECT")
    sub.add_argument("--rows", type=int, default=1_000, help="most rows to show (1000)")
    sub.add_argument("--seconds", type=float, default=60.0, help="time limit (60)")

    sub = command("rollback", _rollback, "return a lake table to an earlier version")
    sub.add_argument("table", metavar="TABLE")
    sub.add_argument("--to", type=int, required=True, metavar="VERSION")

    command("verify", _verify, "check every log entry, file, size, count and sha256")
    return parser


def _source(name: str) -> str:
    from transforms.sources.registry import names

    if name not in names():
        raise argparse.ArgumentTypeError(f"unknown source {name!r}; known: {', '.join(names())}")
    return name


def _sources_help() -> str:
    from transforms.sources.registry import names

    return ", ".join(names())


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"no such file: {text}")
    return path


def _day(text: str) -> date:
    with contextlib.suppress(ValueError):
        return date.fromisoformat(text)
    raise argparse.ArgumentTypeError(f"expected a day such as 2025-08-27, found {text!r}")


def _policies(text: str) -> list[str]:
    known = ("fifo", "haircut", "lifo", "tiho", "poison")
    chosen = [p.strip() for p in text.split(",") if p.strip()]
    wrong = [p for p in chosen if p not in known]
    if wrong or not chosen:
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(known)}, found {text!r}")
    return chosen


if __name__ == "__main__":
    sys.exit(main())
