"""The commands about names: match, screen, decide. Each returns what ``flowlake.cli`` prints."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flowlake import arguments
from flowlake.outcome import DONE, Outcome
from flowlake.settings import Settings
from transforms.clean.display import one_line

Command = Callable[[argparse.Namespace, Settings], Outcome]


def _match(args: argparse.Namespace, _: Settings) -> Outcome:
    from flowlake.match import match, match_pairs

    if args.pairs:
        result = match_pairs(args.pairs, args.out)
        said = f"{result['out']}: {result['pairs']} pairs, {result['matches']} of them matches"
        return Outcome(DONE, result, remarks=[said])
    left, right = args.names
    result = match(left, right, args.schema)
    word = "match" if result["decision"] else "no match"
    return Outcome(DONE, result, [f"{result['score']:.2f} {word}: {result['explanation']}"])


def _screen(args: argparse.Namespace, settings: Settings) -> Outcome:
    from flowlake.screen import listings, screen, screen_batch

    options = {
        "entity_type": args.type,
        "day": args.date,
        "known": args.known,
        "limit": args.limit,
        "is_quick": args.quick,
    }
    if args.batch:
        result = screen_batch(settings, args.batch, args.out, **options)
        said = (
            f"{result['out']}: {result['names']} names, {result['matches']} with a match, "
            f"{result['reviews']} for review"
        )
        return Outcome(DONE, result, remarks=[said])
    result = screen(settings, args.name, **options)
    lines = []
    for c in result.get("owners", ()):
        lines.append(one_line(f"{c['status']}  {c['entity_name']} ({c['entity_type']})"))
        lines.append(one_line(f"    {', '.join(c['tickers'])} {c['address']}: {listings(c)}"))
    for c in result.get("candidates", ()):
        weak = ", a weak name" if c["is_weak"] else ""
        lines.append(
            one_line(
                f"{c['score']:.2f} {c['decision']:<6} {c['status']:<10} {c['entity_name']}"
                f" ({c['entity_type']}, {c['entity_id']})"
            )
        )
        lines.append(one_line(f"    by {c['matched_name']}{weak}: {c['explanation']}"))
        lines.append(one_line(f"    {listings(c)}"))
    return Outcome(DONE, result, lines, [] if lines else ["no candidate on the lists"])


def _decide(args: argparse.Namespace, settings: Settings) -> Outcome:
    from flowlake.decisions import decide

    on = args.date or datetime.now(UTC).date()
    result = decide(
        settings, args.left, args.right, args.judgement, by=args.by, why=args.why, on=on
    )
    said = f"{result['file']}: decision {result['decisions']}; `flowlake build` follows it"
    return Outcome(DONE, result, remarks=[said])


def add(command: Callable[[str, Command, str], argparse.ArgumentParser]) -> None:
    """Add these commands to the command line."""
    sub = command("match", _match, "compare two names, or the pairs of a file")
    sub.add_argument("names", metavar="NAME", nargs="*", help="the two names")
    sub.add_argument("--schema", metavar="WORD", help="Person, Company, Vessel, …: what they name")
    sub.add_argument(
        "--pairs", type=arguments.file, metavar="FILE.csv", help="columns schema, name1, name2"
    )
    sub.add_argument("--out", type=Path, metavar="OUT.csv", help="its columns, score and decision")
    sub.set_defaults(run=_checked_match(sub))

    sub = command("screen", _screen, "who on the lists is meant by a name or owns an address")
    sub.add_argument("name", metavar="NAME", nargs="?", help="a name, or a chain address")
    sub.add_argument("--type", choices=["person", "organization", "vessel", "aircraft"])
    sub.add_argument(
        "--date", type=arguments.day, metavar="YYYY-MM-DD", help="status on that day (newest)"
    )
    sub.add_argument(
        "--known", type=arguments.day, metavar="YYYY-MM-DD", help="by the snapshots up to that day"
    )
    sub.add_argument("--limit", type=arguments.count, default=10, help="most candidates (10)")
    sub.add_argument(
        "--quick", action="store_true", help="without the dictionary of given names (nicknames)"
    )
    sub.add_argument(
        "--batch", type=arguments.file, metavar="FILE.csv", help="a column name, and maybe type"
    )
    sub.add_argument("--out", type=Path, metavar="OUT.csv", help="one row per candidate")
    sub.set_defaults(run=_checked_screen(sub))

    sub = command("decide", _decide, "write down whether two parties of the lists are one")
    sub.add_argument("left", metavar="SOURCE:ID", help="a party, such as ofac_sdn:55065")
    sub.add_argument("right", metavar="SOURCE:ID", help="the other party")
    sub.add_argument("judgement", choices=["same", "different"])
    sub.add_argument("--by", required=True, metavar="NAME", help="who decides")
    sub.add_argument("--why", required=True, metavar="TEXT", help="the reason")
    sub.add_argument(
        "--date", type=arguments.day, metavar="YYYY-MM-DD", help="of the decision (today)"
    )


def _checked_match(sub: argparse.ArgumentParser) -> Command:
    """Two names, or --pairs with --out: all else is wrong usage."""

    def checked(args: argparse.Namespace, settings: Settings) -> Outcome:
        if bool(args.pairs) != bool(args.out):
            sub.error("--pairs FILE.csv and --out OUT.csv go together")
        wanted = 0 if args.pairs else 2
        if len(args.names) != wanted:
            sub.error(f"expected {wanted} names, found {len(args.names)}")
        return _match(args, settings)

    return checked


def _checked_screen(sub: argparse.ArgumentParser) -> Command:
    """A name, or --batch with --out: all else is wrong usage."""

    def checked(args: argparse.Namespace, settings: Settings) -> Outcome:
        if bool(args.batch) != bool(args.out):
            sub.error("--batch FILE.csv and --out OUT.csv go together")
        if bool(args.batch) == bool(args.name):
            sub.error("expected a NAME or --batch FILE.csv")
        return _screen(args, settings)

    return checked
