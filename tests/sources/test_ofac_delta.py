"""A DELTA leads from one snapshot to the next full file."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from flowlake.compared import differences
from tests.sources import ofac_forms as forms
from tests.sources.ofac_forms import Party
from tests.sources.ofac_lists import (
    ETH,
    LIST,
    SAID_BY_ALL,
    SECOND,
    THIRD,
    TRX,
    XBT,
    everything,
    in_all_forms,
    rows,
    said,
    served,
    stage,
)
from transforms.errors import InputRefused

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
