"""A run's folder: what its tasks hand to each other, by run id only.

``<lake>/_candidates/<run id>/plan.json`` lists the batches received, their files and dates. A
batch has a folder ``<n>/`` beside it with ``candidate.json`` and its Parquet files, then
``judgement.json``, what the gate said of it; or ``refused.json``, why its files were not taken.
"""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from transforms.errors import LakeError
from transforms.lake.durable import naming_full_disk
from transforms.lake.storage import Storage

# Airflow's own run ids hold colons and plus signs; as a folder's name they would be trouble.
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A received file: its name as given, and its bytes' name in the raw store."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """Files of one batch, before anybody looked inside."""

    number: int
    label: str
    files: tuple[PlannedFile, ...]
    sha256: str
    dated: str | None
    date_basis: str
    options: Mapping[str, str] = field(default_factory=dict)
    refusal: str | None = None  # why these files can be no batch, known before looking inside

    @property
    def day(self) -> date | None:
        """The date as a date."""
        return date.fromisoformat(self.dated) if self.dated else None


@dataclass(frozen=True, slots=True)
class Run:
    """A run and its folder."""

    id: str
    folder: Path

    @classmethod
    def of(cls, storage: Storage, run_id: str) -> "Run":
        """The run of this id; any id gives a safe folder name."""
        safe = _UNSAFE.sub("_", run_id).strip("._-")[:120]
        if not safe:
            raise LakeError(f"{run_id!r} is no run id: letters, digits, '_', '.' and '-'")
        return cls(safe, storage.scratch() / safe)

    def write(self, name: str, content: Any) -> Path:
        """Write a JSON file of the run, whole."""
        path = self.folder / name
        with naming_full_disk(f"run {self.id}", self.folder.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(path.name + ".part")
            partial.write_text(json.dumps(content, indent=1, sort_keys=True), "utf-8")
            partial.replace(path)
        return path

    def read(self, name: str) -> Any:
        """Read a JSON file of the run; None where there is none."""
        path = self.folder / name
        return json.loads(path.read_text("utf-8")) if path.exists() else None

    def batches(self) -> Iterator[PlannedBatch]:
        """Planned batches, in order."""
        plan = self.read("plan.json")
        if plan is None:
            raise LakeError(f"run {self.id}: nothing was fetched under this id")
        for b in plan["batches"]:
            yield PlannedBatch(**{**b, "files": tuple(PlannedFile(**f) for f in b["files"])})

    @property
    def source(self) -> str:
        """Source the run ingests."""
        plan = self.read("plan.json")
        if plan is None:
            raise LakeError(f"run {self.id}: nothing was fetched under this id")
        return str(plan["source"])

    def batch_folder(self, number: int) -> Path:
        """Folder of a batch."""
        return self.folder / str(number)

    def start(self) -> None:
        """Empty the folder: what an earlier try left behind is not this try's."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with naming_full_disk(f"run {self.id}", self.folder.parent):
            self.folder.mkdir(parents=True)

    def end(self, keep: str | None = None) -> None:
        """Remove the folder (or all of it but one file); what matters of it is in the lake."""
        if keep is None:
            shutil.rmtree(self.folder, ignore_errors=True)
            return
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != keep:
                path.unlink(missing_ok=True)
