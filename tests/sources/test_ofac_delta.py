"""OFAC's forms say the same, and a DELTA leads from one snapshot to the next full file."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import base58
import duckdb
import pyarrow.parquet as pq
import pytest

from flowlake.compared import differences
from tests.sources import ofac_forms as forms
from tests.sources.ofac_forms import Party
from transforms.errors import InputRefused
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


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_all_forms_of_one_day_give_the_same_parties_names_and_wallets(
    seed: int | None, tmp_path: Path
) -> None:
    parties = LIST if seed is None else some_list(seed)
    staged = in_all_forms(tmp_path, parties)
    of_csv = staged["csv"]
    for table, columns in SAID_BY_ALL.items():
        for form, candidate in staged.items():
            assert said(candidate, table, *columns) == said(of_csv, table, *columns), (table, form)
    assert of_csv.rows_staged == len(parties)
    assert len(rows(of_csv, "designation_wallets")) == sum(len(p.wallets) for p in parties)
    assert all(r["is_wallet_set_complete"] for r in rows(of_csv, "designations"))
    for candidate in staged.values():
        assert set(candidate.warnings) <= {
            "wallet whose chain its address does not show",
            "wallet whose checksum does not fit",
            "ticker without a rule: 'NEWCOIN'",
        }


# ── changes ─────────────────────────────────────────────────────────────────────────────────

BANK, ROMAN, TORNADO, STAR, PLANE = LIST
NEXT = (
    BANK.with_(
        aliases=(("A.K.A.", "Bank Example", False), ("A.K.A.", "Example Bankers", False)),
        cities=("Tehran", "Qom"), programs=("IRGC", "SDGT"),
    ),
    ROMAN.with_(
        aliases=(("F.K.A.", "Exempel", False),), wallets=(("ETH", ETH), ("TRX", TRX)),
        programs=("CYBER2",), remarks="Released.", cities=("Moscow",),
    ),
    STAR,
    PLANE.with_(last="YV-EX2"),
    Party(106, "Newcomer", "Ann", "Individual", wallets=(("XBT", XBT),)),
)  # fmt: skip


def changes() -> list[str]:
    """What leads from LIST to NEXT, in every way a delta may say it."""
    program = '<sanctionsProgram action="{}">{}</sanctionsProgram>'.format
    return [
        forms.changed(
            101,
            f"<sanctionsPrograms>{program('add', 'IRGC')}</sanctionsPrograms><names>"
            + forms.name_of(BANK, 0, "", BANK.name, is_weak=False)  # for its context
            + forms.name_of(BANK, 2, "A.K.A.", "EXAMPLE BANKERS", is_weak=False, action="add")
            + f"</names><addresses>{forms.address_of(BANK, 1, 'Qom', 'add')}</addresses>",
        ),
        forms.changed(
            102,
            '<generalInfo><remarks action="update" oldValue="Arrested once.">Released.</remarks>'
            f"</generalInfo><sanctionsPrograms>{program('remove', 'DPRK3')}</sanctionsPrograms>"
            f"<names>{forms.name_of(ROMAN, 1, 'A.K.A.', 'ROMA', is_weak=True, action='remove')}"
            f"</names><addresses>{forms.address_of(ROMAN, 1, 'Minsk', 'remove')}</addresses>"
            '<features><feature id="10271"><type action="update" '
            'oldValue="Digital Currency Address - XBT">Digital Currency Address - TRX</type>'
            f'<value action="update" oldValue="{XBT}">{TRX}</value></feature></features>',
        ),
        forms.entity(TORNADO, "remove"),
        forms.changed(
            105,
            '<names><name id="10500"><isPrimary>true</isPrimary><translations><translation>'
            "<isPrimary>true</isPrimary><script>Latin</script><formattedFullName "
            'action="update" oldValue="YV-EX1">YV-EX2</formattedFullName></translation>'
            "</translations></name></names>",
        ),
        forms.entity(NEXT[-1], "add"),
    ]


def test_a_delta_on_the_enhanced_form_gives_what_the_next_full_file_says(tmp_path: Path) -> None:
    base = in_all_forms(tmp_path)["enhanced"]
    path = forms.delta(changes(), tmp_path / "delta.xml", SECOND)
    led = stage(path, tmp_path / "led", None, base)
    full = stage(forms.enhanced(NEXT, tmp_path / "next.xml", SECOND), tmp_path / "full", None)
    assert everything(led) == everything(full)
    assert (led.date, led.date_basis) == (SECOND, "publisher")
    assert led.rows_read == led.rows_staged == 5
    assert led.warnings == {"made of changes to the snapshot of 2025-03-01": 5}
    places = {r["party_id"]: r["record_id"] for r in rows(led, "designations")}
    assert places["104"] == "entity 104 of 2025-03-01"  # untouched
    assert places["106"] == "entity 106"


@pytest.mark.parametrize("form", ["csv", "simple", "advanced"])
def test_a_delta_is_applied_to_a_base_in_another_form(form: str, tmp_path: Path) -> None:
    base = in_all_forms(tmp_path)[form]
    path = forms.delta(changes(), tmp_path / "delta.xml", SECOND)
    led = stage(path, tmp_path / "led", None, base)
    full = stage(forms.enhanced(NEXT, tmp_path / "next.xml", SECOND), tmp_path / "full", None)
    for table, columns in SAID_BY_ALL.items():
        assert said(led, table, *columns) == said(full, table, *columns), table


def test_deltas_chain_on_one_another_and_twice_is_refused(tmp_path: Path) -> None:
    base = in_all_forms(tmp_path)["enhanced"]
    path = forms.delta(changes(), tmp_path / "delta.xml", SECOND)
    led = stage(path, tmp_path / "led", None, base)
    again = forms.delta([forms.entity(NEXT[-1], "remove")], tmp_path / "third.xml", THIRD)
    third = stage(again, tmp_path / "third", None, led)
    assert {r["party_id"] for r in rows(third, "designations")} == {"101", "102", "104", "105"}
    untouched = next(r for r in rows(third, "designations") if r["party_id"] == "104")
    assert untouched["record_id"] == "entity 104 of 2025-03-01"
    with pytest.raises(InputRefused, match="adds party 106, which is there"):
        stage(path, tmp_path / "twice", None, led)


def test_a_whole_entity_that_changed_replaces_the_one_that_was(tmp_path: Path) -> None:
    base = in_all_forms(tmp_path)["csv"]
    path = forms.delta([forms.entity(NEXT[1], "change")], tmp_path / "delta.xml", SECOND)
    led = stage(path, tmp_path / "led", None, base)
    found = [r["address"] for r in rows(led, "designation_wallets") if r["party_id"] == "102"]
    assert sorted(found) == sorted([ETH, TRX])


def test_a_change_that_does_not_say_what_it_replaces_goes_by_the_elements_id(
    tmp_path: Path,
) -> None:
    staged = in_all_forms(tmp_path)
    body = f"<features>{forms.wallet_of(ROMAN, 1, 'TRX', TRX, 'change')}</features>"
    path = forms.delta([forms.changed(102, body)], tmp_path / "delta.xml", SECOND)
    led = stage(path, tmp_path / "by_id", None, staged["enhanced"])
    found = [r["address"] for r in rows(led, "designation_wallets") if r["party_id"] == "102"]
    assert sorted(found) == sorted([ETH, TRX])
    # The CSV form knows no ids: the old value stays, and the batch says so.
    led = stage(path, tmp_path / "without_id", None, staged["csv"])
    assert "changed value that is not in the base: wallets" in led.warnings


@pytest.mark.parametrize(
    ("entities", "words"),
    [
        ([forms.entity(BANK, "add")], "adds party 101, which is there"),
        ([forms.entity(NEXT[-1], "remove")], "removes party 106, which is not there"),
        ([forms.entity(NEXT[-1], "change")], "changes party 106, which is not there"),
        ([forms.entity(BANK, "explode")], "unknown action 'explode' of entity"),
        ([forms.changed(101, '<names><name action="burn"/></names>')], "unknown action 'burn'"),
        ([forms.entity(BANK, "remove")] * 2, "stands in the file twice"),
        (['<entity action="add"/>'], "expected an id in every entity"),
        (['<entity id="7" action="add"/>'], "record 7: expected a primary name"),
    ],
)
def test_a_delta_that_cannot_be_of_this_base_is_refused(
    entities: list[str], words: str, tmp_path: Path
) -> None:
    base = in_all_forms(tmp_path)["enhanced"]
    path = forms.delta(entities, tmp_path / "delta.xml", SECOND)
    with pytest.raises(InputRefused, match=words):
        stage(path, tmp_path / "led", None, base)


def test_a_delta_without_a_snapshot_of_its_day_or_before_is_refused(tmp_path: Path) -> None:
    path = forms.delta(changes(), tmp_path / "delta.xml", SECOND)
    for base in (None, replace(in_all_forms(tmp_path)["enhanced"], date=THIRD)):
        with pytest.raises(InputRefused, match="chains from no snapshot"):
            stage(path, tmp_path / "led", None, base)


def test_changes_of_other_lists_are_counted_and_left_alone(tmp_path: Path) -> None:
    base = in_all_forms(tmp_path)["enhanced"]
    other = forms.entity(Party(900, "Else"), "add").replace("SDN List", "Consolidated List")
    moved = forms.changed(
        104,
        '<sanctionsLists><sanctionsList action="remove">SDN List</sanctionsList><sanctionsList '
        'action="add">Consolidated List</sanctionsList></sanctionsLists>',
    )
    unknown = forms.changed(901, "<names/>")
    path = forms.delta([other, moved, unknown], tmp_path / "delta.xml", SECOND)
    led = stage(path, tmp_path / "led", None, base)
    assert {r["party_id"] for r in rows(led, "designations")} == {"101", "102", "103", "105"}
    assert led.warnings["change of a party of another list"] == 1
    assert led.warnings["party that leaves this list for another"] == 1
    assert led.warnings["change of a party that is not in the base"] == 1


def test_a_full_file_tells_where_the_chain_of_changes_was_wrong(tmp_path: Path) -> None:
    base = in_all_forms(tmp_path)["enhanced"]
    path = forms.delta(changes(), tmp_path / "delta.xml", SECOND)
    led = served(stage(path, tmp_path / "led", None, base))
    assert led.is_made_of_changes and not served(base).is_made_of_changes

    def against(parties: tuple[Party, ...]) -> dict[str, int]:
        full = stage(
            forms.enhanced(parties, tmp_path / "full.xml", SECOND), tmp_path / "full", None
        )
        files: dict[str, list[str]] = {}
        for t in full.tables:
            files.setdefault(t.table, []).append(t.path)
        with duckdb.connect() as con:
            return differences(files, led, con)

    assert against(NEXT) == {}
    wrong = (NEXT[0].with_(aliases=()), *NEXT[2:], Party(107, "Overlooked"))
    made = "(2025-03-04, made of changes)"
    assert against(wrong) == {
        f"designations only in the full file {made}: parties 107": 1,
        f"designations only where changes had led {made}: parties 102": 1,
        f"designation_names only in the full file {made}: parties 107": 1,
        f"designation_names only where changes had led {made}: parties 101, 102": 4,
        f"designation_wallets only where changes had led {made}: parties 102": 2,
    }
