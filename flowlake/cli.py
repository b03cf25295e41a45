"""The command line: parses and prints, nothing else.

Summaries go to stderr, with ``--json`` one JSON object to stdout, whatever happens (but for wrong
usage). Exit status: 0 done or nothing new, 1 anything else, 2 wrong usage, 3 input refused, 4 a
critical expectation failed. Everything heavy is imported inside the command that needs it.
"""

import argparse
import contextlib
import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from flowlake import arguments, lake_commands, name_commands
from flowlake.jsontext import json_text
from flowlake.outcome import DONE, FAILED, GATE_FAILED, REFUSED, Outcome
from flowlake.settings import Settings
from transforms.clean.display import one_line, shown
from transforms.errors import GateFailed, InputRefused, LakeError, NothingNew

# Whose steps are worth telling; what libraries say below a warning is noise, or whole URLs.
OURS = ("flowlake", "transforms", "expectations")


def say(message: str = "") -> None:
    """Print a message for people; what it quotes can neither steer the terminal nor fake a line."""
    if sys.stderr is not None:  # closed by the caller: print() would take stdout instead
        print(_inert(message), file=sys.stderr)


def _inert(message: str) -> str:
    return shown(message).rstrip("\n").replace("\n", "\n  ")


class _Formatter(logging.Formatter):
    """Log records quote names from outside, too."""

    def format(self, record: logging.LogRecord) -> str:
        return _inert(super().format(record))


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    args = _parser().parse_args(argv)
    _log(logging.DEBUG if args.verbose else logging.INFO if args.progress else logging.WARNING)
    command: Callable[[argparse.Namespace, Settings], Outcome] = args.run
    try:
        # Stdout is for the answer alone; some libraries print.
        with contextlib.redirect_stdout(sys.stderr):
            outcome = command(args, Settings.from_env(args.lake))
    except NothingNew as e:
        outcome = _failure(DONE, e)
    except InputRefused as e:
        outcome = _failure(REFUSED, e)
    except GateFailed as e:
        outcome = _failure(GATE_FAILED, e)
    except (LakeError, OSError) as e:
        outcome = _failure(FAILED, e)
    except KeyboardInterrupt:
        say("interrupted; what was published before is unchanged")
        return 130
    for remark in outcome.remarks:
        say(remark)
    _print([json_text(outcome.result)] if args.json else outcome.lines)
    return outcome.status


def _failure(status: int, e: Exception) -> Outcome:
    reason = str(e) or type(e).__name__
    say(reason)
    return Outcome(status, {"nothing_new" if status == DONE else "error": reason})


def _print(lines: Iterable[str]) -> None:
    if sys.stdout is None:  # closed by the caller
        return
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        for line in lines:
            print(line.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough; Python would complain at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _log(level: int) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter("%(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(level)


def _ingest(args: argparse.Namespace, settings: Settings) -> Outcome:
    if args.source == arguments.AUTO:
        return _ingest_auto(args, settings)
    from flowlake.ingest import ingest
    from flowlake.override import Override

    options = {"mapping": str(args.mapping.resolve())} if args.mapping else {}
    options |= _plain_options(args)
    try:
        result = ingest(
            settings,
            args.source,
            args.paths,
            day=args.date,
            options=options,
            override=Override.of(args.by, args.accept),
        )
    except (InputRefused, NothingNew) as e:
        failure = _failure(DONE if isinstance(e, NothingNew) else REFUSED, e)
        empty = {"source": args.source, "snapshots": []}
        return Outcome(failure.status, empty | dict(failure.result))
    for line in result.lines():
        say(line)
    found = {"source": args.source, "snapshots": result.snapshots, "problems": result.problems}
    return Outcome(result.exit_status, found)


def _plain_options(args: argparse.Namespace) -> dict[str, str]:
    """Options of a source that are words."""
    return {k: v for k in ("chain", "part") if (v := getattr(args, k))}


def _ingest_auto(args: argparse.Namespace, settings: Settings) -> Outcome:
    from flowlake.auto import ingest_auto

    options = _plain_options(args)
    done = ingest_auto(settings, args.paths, day=args.date, options=options)
    for result in done.runs:
        for line in result.lines():
            say(line)
    for problem in done.problems:
        say(one_line(problem))
    return Outcome(
        done.exit_status,
        {
            "source": arguments.AUTO,
            "snapshots": [{"source": r.source, **s} for r in done.runs for s in r.snapshots],
            "problems": [*done.problems, *(p for r in done.runs for p in r.problems)],
        },
    )


def _build(args: argparse.Namespace, settings: Settings) -> Outcome:
    from flowlake.build import build

    result = build(settings, engine=args.engine, is_forced=args.force)
    for table, rows in result["tables"].items():
        say(f"{table}: {rows} rows")
    if (told := result.get("unpriced")) and told["unpriced"]:
        say(f"core.transfers: {told['unpriced']} of {told['transfers']} without a price")
    say(f"{result['warehouse']}: {result['status']}")
    return Outcome(DONE, result)


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
                f"{policy} {one_line(asset)}: seeded {seeded}, sunk {books['sunk'][asset]}, "
                f"held {books['held'][asset]}, burned {books['burned'][asset]}, "
                f"fees {books['fees'][asset]}, residual {books['residual'][asset]}"
            )
        say(
            f"{policy}: {books['addresses_reached']} addresses reached, "
            f"{books['addresses_tainted']} tainted, {books['services_hit']} services hit"
        )
    return Outcome(DONE, result)


def _parser() -> argparse.ArgumentParser:
    from transforms.sources.registry import names

    common = arguments.CommandParser(add_help=False)
    common.add_argument("--lake", metavar="DIR", help="lake: a folder or s3://… ($FLOWLAKE_LAKE)")
    common.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    common.add_argument("-v", "--verbose", action="store_true", help="say every step")
    parser = arguments.Parser(
        prog="flowlake",
        description="A data lake for sanctions and on-chain money flows.",
    )
    parser.set_defaults(progress=False)
    commands = parser.add_subparsers(
        required=True, metavar="COMMAND", parser_class=arguments.CommandParser
    )

    def command(
        name: str, run: Callable[[argparse.Namespace, Settings], Outcome], what: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, parents=[common], help=what, description=what)
        sub.set_defaults(run=run)
        return sub

    sub = command("ingest", _ingest, "fetch or take files, stage, judge and publish them")
    sub.set_defaults(progress=True)
    known = f"auto (told by the files' columns), {', '.join(names())}"
    sub.add_argument("source", metavar="SOURCE", type=arguments.source, help=known)
    sub.add_argument("paths", metavar="PATH", nargs="*", help="files, folders, archives or URLs")
    sub.add_argument(
        "--date", type=arguments.day, metavar="YYYY-MM-DD", help="date of the snapshot"
    )
    sub.add_argument(
        "--mapping", type=arguments.file, metavar="FILE.toml", help="mapping of mapped_csv"
    )
    sub.add_argument("--chain", help="chain of an export that does not say it")
    sub.add_argument(
        "--part",
        action="store_const",
        const="yes",
        help="the files hold a part of a list: absence from them proves nothing",
    )
    sub.add_argument(
        "--accept",
        metavar="REASON",
        help="publish what differs too much from the batch before; recorded with --by",
    )
    sub.add_argument("--by", metavar="NAME", help="who accepts it")
    sub.set_defaults(run=_checked(sub, _ingest))

    sub = command("build", _build, "core, tracing, marts, warehouse, Parquet export, report")
    sub.set_defaults(progress=True)
    sub.add_argument("--engine", choices=["duckdb"], default="duckdb")
    sub.add_argument("--force", action="store_true", help="build even where nothing changed")

    sub = command("trace", _trace, "trace value over core.transfers from given addresses")
    sub.add_argument("--seeds", type=arguments.file, required=True, metavar="FILE")
    sub.add_argument(
        "--services", type=arguments.file, metavar="FILE", help="default: core.services"
    )
    sub.add_argument(
        "--policy", type=arguments.policies, default=["fifo", "haircut"], metavar="P,P,…"
    )
    sub.add_argument("--seed-funds", choices=["opening", "all"], default="opening")
    sub.add_argument("--out", type=Path, metavar="DIR", help="write the traces as Parquet")

    lake_commands.add(command)
    name_commands.add(command)
    return parser


def _checked(
    sub: argparse.ArgumentParser, run: Callable[[argparse.Namespace, Settings], Outcome]
) -> Callable[[argparse.Namespace, Settings], Outcome]:
    """Refuse what the chosen source does not take, as wrong usage."""

    def checked(args: argparse.Namespace, settings: Settings) -> Outcome:
        from transforms.sources.registry import source

        if (args.accept is None) != (args.by is None) or "" in (args.accept, args.by):
            sub.error("--accept REASON and --by NAME go together")
        if args.source == arguments.AUTO:
            if args.accept:
                sub.error("name the source whose batch is to be accepted")
            if not args.paths or args.mapping:
                sub.error("auto takes files and folders, and no --mapping")
            return run(args, settings)
        chosen = source(args.source)
        if not args.paths and not chosen.urls:
            sub.error(f"{chosen.name} is not fetched live: name the files to ingest")
        for option in ("mapping", "chain", "part"):
            if getattr(args, option) and option not in chosen.options:
                sub.error(f"{chosen.name} takes no --{option}")
        if "mapping" in chosen.options and not args.mapping:
            sub.error(f"{chosen.name} needs --mapping FILE.toml, which says what the columns are")
        return run(args, settings)

    return checked


if __name__ == "__main__":
    sys.exit(main())
