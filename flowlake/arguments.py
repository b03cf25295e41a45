"""What may stand behind the command line's options; everything else is wrong usage, exit 2."""

import argparse
import contextlib
import re
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from transforms.clean.display import one_line

# The word that stands for whichever source a file is of.
AUTO = "auto"
# As transforms.lake.maintain has it, which is too heavy to import for a usage text.
_LEAST_RETENTION_DAYS = 7


class Parser(argparse.ArgumentParser):
    """Quotes what it was given without letting it steer the terminal."""

    def error(self, message: str) -> NoReturn:
        """Exit with usage and message."""
        super().error(one_line(message))


class CommandParser(Parser):
    """The parser of one command: its options may stand between its words, as people write them."""

    _is_mixed = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Namespace and what is left over, as argparse has it."""
        if self._is_mixed:  # argparse, from the line below: options first, then the words
            return super().parse_known_args(args, namespace)
        self._is_mixed = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_mixed = False


def source(name: str) -> str:
    """One of the registry's words, or auto."""
    from transforms.sources.registry import names

    if name != AUTO and name not in names():
        known = ", ".join(names())
        raise argparse.ArgumentTypeError(f"unknown source {name!r}; known: {known}, or auto")
    return name


def table(name: str) -> str:
    """A table of the schemas."""
    from transforms.schemas import TABLES

    if name not in TABLES:
        known = ", ".join(sorted(TABLES))
        raise argparse.ArgumentTypeError(f"unknown table {name!r}; known: {known}")
    return name


def file(given: str) -> Path:
    """A file that is there."""
    path = Path(given)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"no such file: {given}")
    return path


def day(given: str) -> date:
    """A calendar day, written as we write it."""
    with contextlib.suppress(ValueError):
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
            return date.fromisoformat(given)
    raise argparse.ArgumentTypeError(f"expected a day such as 2025-08-27, found {given!r}")


def count(given: str) -> int:
    """A whole number from 0 up."""
    if re.fullmatch(r"[0-9]{1,9}", given):
        return int(given)
    raise argparse.ArgumentTypeError(f"expected a number from 0 up, found {given!r}")


def retention(given: str) -> int:
    """Days that a vacuum leaves alone."""
    if re.fullmatch(r"[0-9]{1,4}", given) and int(given) >= _LEAST_RETENTION_DAYS:
        return int(given)
    raise argparse.ArgumentTypeError(
        f"expected {_LEAST_RETENTION_DAYS} days or more, found {given!r}"
    )


def seconds(given: str) -> float:
    """A time limit."""
    # Six digits are eleven days; a timer overflows far beyond.
    if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", given) and float(given) > 0:
        return float(given)
    raise argparse.ArgumentTypeError(f"expected seconds such as 60 or 0.5, found {given!r}")


def policies(given: str) -> list[str]:
    """Policies of the ledger, by commas."""
    known = ("fifo", "haircut", "lifo", "tiho", "poison")
    chosen = [p.strip() for p in given.split(",") if p.strip()]
    wrong = [p for p in chosen if p not in known]
    if wrong or not chosen:
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(known)}, found {given!r}")
    return chosen
