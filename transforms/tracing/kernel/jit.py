"""How the kernel's functions are compiled, and where the result is kept."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeAlias, TypeVar

from transforms.jit import kept, part

__all__ = ["Table", "compiled", "part"]

P = ParamSpec("P")
R = TypeVar("R")

Table: TypeAlias = Any  # a numpy array of records, or one record: numpy's stubs know no fields

HERE: Final = Path(__file__).parent
# numba's cache looks at the file of the compiled function only; this tells all of ours apart.
SOURCES: Final = hashlib.sha256(
    b"".join(path.read_bytes() for path in [HERE.parent / "log.py", *sorted(HERE.glob("*.py"))])
).hexdigest()[:12]


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile on first use and keep the result: beside the source, else in the user's cache."""
    function.__qualname__ = f"{function.__qualname__}_{SOURCES}"
    return kept(function)
