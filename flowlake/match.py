"""Two names compared, or a file of pairs: score, decision, and the words behind them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flowlake.csvtables import read_rows, write_rows
from transforms.errors import InputRefused
from transforms.matching.comparison import THRESHOLD, VERSION, Comparison, compare

_ADDED = ("score", "decision")


def match(left: str, right: str, schema: str | None) -> dict[str, Any]:
    """Score, decision and evidence for two names."""
    found = compare(left, right, schema)
    return {
        "score": found.score,
        "decision": found.decision,
        "threshold": THRESHOLD,
        "components": found.components(),
        "explanation": found.explanation(),
        "matcher_version": VERSION,
    }


def match_pairs(pairs: Path, out: Path) -> dict[str, Any]:
    """Compare the names of each row; ``out`` holds all its columns and the two added ones."""
    if out.exists() and out.samefile(pairs):
        raise InputRefused(f"{out}: the answers may not replace the pairs; name another file")
    header, rows = read_rows(pairs, ("schema", "name1", "name2"))
    kept = [name for name in header if name not in _ADDED]
    matches = 0

    def answered() -> Iterator[Mapping[str, str]]:
        nonlocal matches
        for row in rows:
            found = compare(row["name1"], row["name2"], row["schema"])
            matches += found.decision
            yield {**row, "score": f"{found.score:.4f}", "decision": _word(found)}

    count = write_rows(out, [*kept, *_ADDED], answered())
    return {
        "pairs": count,
        "matches": matches,
        "threshold": THRESHOLD,
        "out": str(out),
        "matcher_version": VERSION,
    }


def _word(found: Comparison) -> str:
    return "true" if found.decision else "false"
