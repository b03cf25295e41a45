"""The command line from the outside: in this process, or in one of its own."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import ROOT

PRICES = ROOT / "samples/prices/prices_csv/prices_2025.csv"
HTML = b"<!DOCTYPE html><html><body>Request blocked</body></html>"


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object, which is all there is on stdout."""
        assert self.out.isascii()
        assert self.out.count("\n") == 1
        return json.loads(self.out, parse_constant=pytest.fail)


def shell(*argv: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "flowlake.cli", *map(str, argv)]
    return subprocess.run(command, cwd=ROOT, text=True, check=False, **options)
