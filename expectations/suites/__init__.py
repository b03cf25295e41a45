"""One suite per source, and one per built layer.

``suites/<source>.py`` and ``suites/core.py``, ``suites/marts.py`` each expose ``suite()``. Core and
marts are a file per layer rather than per table: what their columns mean already yields most
expectations, the few rules left are about several tables at once and read best side by side.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from expectations.vocabulary import Suite
from transforms.errors import LakeError


@cache
def suite_of(name: str) -> Suite:
    """Suite of a source, or of ``core`` or ``marts``; ``LakeError`` where there is none."""
    module = f"{__name__}.{name}"
    if not name.isidentifier() or find_spec(module) is None:
        raise LakeError(f"no suite for {name!r}: write expectations/suites/{name}.py")
    return Suite(name, tuple(import_module(module).suite()))
