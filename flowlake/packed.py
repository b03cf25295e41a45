"""Rows of one snapshot out of files that hold several."""

from collections.abc import Mapping
from pathlib import Path

from transforms.lake.pack import pick
from transforms.schemas import table as schema_table
from transforms.sources.candidate import Candidate


def files_alone(candidate: Candidate, folder: Path) -> Mapping[str, list[str]]:
    """Table → files of a candidate's rows alone; made in ``folder`` where it is in a pack."""
    found: dict[str, list[str]] = {}
    for t in candidate.tables:
        schema, path = schema_table(t.table), Path(t.path)
        if candidate.pack is not None and schema.packed_by:
            path = folder / path.name
            if not path.exists():
                pick(Path(t.path), schema.arrow, {candidate.batch}, path)
        found.setdefault(t.table, []).append(str(path))
    return found
