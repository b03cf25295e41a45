"""Text from outside made harmless for people's eyes and programs: terminal, spreadsheet.

Parquet, JSON and the warehouse keep the exact text; only what is shown goes through here.
"""

import re

# C0 and C1 controls (ESC drives terminals), bidirectional overrides and isolates, zero-width marks.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]"
)
# What makes a spreadsheet run a cell, full-width forms included (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?\Z")


def shown(text: str) -> str:
    """Text without characters that steer a terminal or turn the reading direction."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)


def cell(text: str) -> str:
    """Text as a CSV cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if text.startswith(_FORMULA) and not _NUMBER.match(text):
        return "'" + text
    return text
