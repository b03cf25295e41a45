"""Text from outside made harmless for people's eyes and programs: terminal, spreadsheet.

Parquet, JSON and the warehouse keep the exact text; only what is shown goes through here.
"""

import re

# C0 and C1 controls (ESC drives terminals), marks and overrides of the reading direction, and
# what takes no place: soft hyphen, zero-width marks, fillers, separators of lines, tags.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
# What makes a spreadsheet run a cell, full-width forms included (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)


def shown(text: str) -> str:
    """Text without characters that steer a terminal or turn the reading direction."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)


def one_line(text: str) -> str:
    """The same on a single line: no name can pass for a line, or a column, of its own."""
    return shown(text).replace("\n", " ").replace("\t", " ")


def cell(text: str) -> str:
    """Text as a CSV cell that no spreadsheet takes for a formula; numbers stay numbers."""
    # Programs skip what is not seen, and some skip blanks, before they look for a formula.
    seen = _UNSEEN.sub("", text).lstrip(" \u00a0")
    if (text.startswith(_FORMULA) or seen.startswith(_FORMULA)) and not _NUMBER.match(text):
        return "'" + text
    return text
