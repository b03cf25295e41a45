"""Dated snapshots of a small list: written, ingested, and what the lake holds of them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow.parquet as pq

from flowlake.ingest import Ingested, ingest
from flowlake.settings import Settings
from transforms.lake.cut import served

PARTIES = "staged.designations"
NULL = "-0- "


def write_list(path: Path, parties: Mapping[int, str]) -> Path:
    """An sdn.csv with a party of each number and name."""
    lines = []
    for uid, name in parties.items():
        cells = [str(uid), f'"{name}"', '"individual"' if uid % 2 else NULL, '"CUBA"']
        remarks = f"\"DOB 19{uid % 90 + 10}; Passport A{uid}; a.k.a. '{name[::-1]}'.\""
        lines.append(",".join([*cells, *[NULL] * 7, remarks]) + "\r\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines) + "\x1a\r\n", "ascii", newline="")
    return path


def people(*numbers: int, **renamed: str) -> dict[int, str]:
    names = {n: f"PARTY {n}" for n in numbers}
    return names | {int(k.removeprefix("n")): v for k, v in renamed.items()}


EVERYBODY = range(100, 160)
HISTORY = {
    "2031-05-01": people(*EVERYBODY),
    "2031-05-02": people(*EVERYBODY, 200),
    "2031-05-03": people(*EVERYBODY, 200, n101="RENAMED 101"),
    "2031-05-04": people(*EVERYBODY[1:], 200, n101="RENAMED 101"),
    "2031-05-05": people(*EVERYBODY[1:], 200, 201, n101="RENAMED 101"),
}


def take(settings: Settings, tmp_path: Path, lists: Mapping[str, Mapping[int, str]]) -> Ingested:
    """Ingest lists by the names of their files; later runs may say other things of a day."""
    folder = tmp_path / f"run-{len(list(tmp_path.glob('run-*')))}"
    for name, parties in lists.items():
        write_list(folder / f"sdn_{name}.csv", parties)
    return ingest(settings, "ofac_sdn", [str(folder)])


def names_by_day(settings: Settings) -> dict[str, dict[int, str]]:
    found: dict[str, dict[int, str]] = {}
    for file in served(settings.storage)[PARTIES]:
        for r in pq.read_table(file).to_pylist():
            day = found.setdefault(r["snapshot_date"].isoformat(), {})
            assert int(r["party_id"]) not in day
            day[int(r["party_id"])] = r["name"]
    return found


def files(settings: Settings) -> Counter[str]:
    return Counter({t: len(f) for t, f in served(settings.storage).items() if "designation" in t})


def statuses(result: Ingested) -> dict[str, str]:
    return {s["batch"]: s["status"] for s in result.snapshots}


def everywhere(settings: Settings, days: Iterable[str]) -> bool:
    """Whether every table that has rows has them of exactly these days."""
    for table in (PARTIES, "staged.designation_names", "staged.designation_identifiers"):
        found = {
            d.isoformat()
            for f in served(settings.storage)[table]
            for d in pq.read_table(f, columns=["snapshot_date"])["snapshot_date"].to_pylist()
        }
        assert found == set(days), table
    return True
