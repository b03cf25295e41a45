"""Lists of OFAC's in all its forms, staged, and what their rows say."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import base58
import duckdb
import pyarrow.parquet as pq

from tests.sources import ofac_forms as forms
from tests.sources.ofac_forms import Party
from transforms.sources import registry
from transforms.sources.base import RawFile, RawSet, Snapshot
from transforms.sources.batch import Batch
from transforms.sources.candidate import Candidate, rows_of

ETH = "0x8576acc5c05d6ce88f4e49bf65bdf0c62f91353c"
XBT = "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"
TRX = "TJRyWwFs9wTFGZg3JbrVriFbNfCug5tDeC"
FIRST, SECOND, THIRD = "2025-03-01", "2025-03-04", "2025-03-06"

LIST = (
    Party(101, "Example Bank", aliases=(("A.K.A.", "Bank Example", False),), cities=("Tehran",)),
    Party(
        102, "Example", "Roman", "Individual", ("CYBER2", "DPRK3"),
        (("A.K.A.", "Roma", True), ("F.K.A.", "Exempel", False)), (("ETH", ETH), ("XBT", XBT)),
        "10 Dec 1948", ("Moscow", "Minsk"), "Arrested once.",
    ),
    # More wallets than 1,000 characters of remarks can hold.
    Party(103, "TORNADO", kind="Entity", wallets=tuple(
        ("ETH", f"0x{i:040x}") for i in range(1, 41)
    )),
    Party(104, "Example Star", kind="Vessel"),
    Party(105, "YV-EX1", kind="Aircraft", wallets=(("NEWCOIN", "new1wallet"),)),
)  # fmt: skip


def stage(path: Path, folder: Path, day: str | None, base: Candidate | None = None) -> Candidate:
    """Stage a file or a set; the base is what the lake serves."""
    found = sorted(path.iterdir()) if path.is_dir() else [path]
    files = tuple(RawFile(f.name, f, "0" * 64, f.stat().st_size) for f in found)
    given = date.fromisoformat(day) if day else None
    raw = RawSet(
        "ofac_sdn", files, "1" * 64, given, "option" if given else "none", {},
        (lambda until: served(base) if base and base.date <= str(until) else None),
    )  # fmt: skip
    batch = Batch(registry.source("ofac_sdn"), raw, folder, duckdb.connect)
    registry.parser("ofac_sdn")(raw, batch)
    return batch.close()


def served(candidate: Candidate) -> Snapshot:
    files: dict[str, list[Path]] = {}
    for t in candidate.tables:
        files.setdefault(t.table, []).append(Path(t.path))
    assert candidate.date
    return Snapshot(date.fromisoformat(candidate.date), files, candidate.warnings)


def rows(candidate: Candidate, table: str) -> list[dict[str, Any]]:
    return [
        row
        for file in rows_of(candidate, f"staged.{table}")
        for row in pq.read_table(file.path).to_pylist()
    ]


def said(candidate: Candidate, table: str, *columns: str) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(r[c] for c in columns) for r in rows(candidate, table))


def everything(candidate: Candidate) -> Counter[str]:
    """All rows of all tables, without where they stand."""
    own = {"record_id", "raw_sha256", "snapshot_date"}
    return Counter(
        json.dumps({k: v for k, v in r.items() if k not in own}, default=str, sort_keys=True)
        for t in candidate.tables
        for r in rows(candidate, t.table.removeprefix("staged."))
    )


def in_all_forms(folder: Path, parties: Sequence[Party] = LIST) -> Mapping[str, Candidate]:
    written = {
        "csv": forms.csv_set(parties, folder / "csv"),
        "simple": forms.simple(parties, folder / "sdn.xml", FIRST),
        "advanced": forms.advanced(parties, folder / "sdn_advanced.xml", FIRST),
        "enhanced": forms.enhanced(parties, folder / "sdn_enhanced.xml", FIRST),
    }
    return {n: stage(p, folder / f"staged_{n}", FIRST) for n, p in written.items()}


def some_list(seed: int) -> list[Party]:
    """Parties with what OFAC's quoting must survive in their names, and up to 30 wallets."""
    random = Random(seed)
    words = (
        "Al-Qa'ida", "Bank", "O'Brien", "Trading; Co", "S.A.", "Group", "Ltd.", "Müller", "No. 7",
        "Ørsted", "de la Cruz", "(Iran)", "D.B.A. Foo",
    )  # fmt: skip

    def name() -> str:
        return " ".join(random.choice(words) for _ in range(random.randint(1, 4)))

    def wallet(number: int) -> tuple[str, str]:
        if random.random() < 0.5:
            return random.choice(("ETH", "TRX")), f"0x{number:040x}"
        digest = sha256(str(number).encode()).digest()[:20]
        return "XBT", base58.b58encode_check(b"\0" + digest).decode()

    return [
        Party(
            uid,
            name(),
            random.choice(("", "Ann")) if kind == "Individual" else "",
            kind,
            tuple(sorted(set(random.choices(("SDGT", "IRGC", "CYBER2"), k=2)))),
            tuple(
                dict.fromkeys(
                    (random.choice(list(forms.ALIASES)), name(), random.random() < 0.4)
                    for _ in range(random.randint(0, 6))
                )
            ),
            tuple(wallet(uid * 50 + i) for i in range(random.choice((0, 0, 1, 3, 30)))),
            cities=tuple(f"City {i}" for i in range(random.randint(0, 3))),
        )
        for uid in range(1_000, 1_120)
        for kind in (random.choice(list(forms.KINDS)),)
    ]


SAID_BY_ALL = {
    "designations": ("party_id", "entity_type", "name", "programs"),
    "designation_names": ("party_id", "name", "name_type", "is_weak"),
    "designation_wallets": ("party_id", "ticker", "chain", "address", "is_checksum_valid"),
    "designation_addresses": ("party_id", "full_address"),
}
