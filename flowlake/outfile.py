"""Files a person asked for: written aside, then put in place, so that half a file is never seen."""

import os
from collections.abc import Iterable
from pathlib import Path

from transforms.errors import InputRefused


def write_lines(path: Path, lines: Iterable[str]) -> int:
    """Write lines of text (UTF-8, newline-ended) to a file; how many they were.

    ``InputRefused`` where the folder is missing or cannot be written.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    written = 0
    try:
        with aside.open("w", encoding="utf-8", newline="\n") as f:
            for line in lines:
                f.write(f"{line}\n")
                written += 1
        aside.replace(path)
    except (FileNotFoundError, NotADirectoryError, PermissionError, IsADirectoryError) as e:
        raise InputRefused(f"{path}: cannot be written ({e.strerror})") from e
    finally:
        aside.unlink(missing_ok=True)
    return written
