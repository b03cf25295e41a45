"""The commands about names: match. Each returns what ``flowlake.cli`` prints."""

import argparse
from collections.abc import Callable
from pathlib import Path

from flowlake import arguments
from flowlake.outcome import DONE, Outcome
from flowlake.settings import Settings

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
