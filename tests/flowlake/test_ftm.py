"""The lists as FollowTheMoney entities: whole, referring to one another, the same every time."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from flowlake.cli import main
from flowlake.ftm import export_ftm
from flowlake.settings import Settings
from tests.report import given
from transforms.errors import InputRefused

# Schema → properties that must name an entity of the export; from FollowTheMoney's model.
REFERENCES = {
    "Sanction": ("entity",),
    "CryptoWallet": ("holder",),
    "Passport": ("holder",),
    "Identification": ("holder",),
    "UnknownLink": ("subject", "object"),
    "Person": ("addressEntity",),
    "Organization": ("addressEntity",),
}
ADDRESS = "1HmqvgSXUVES1jn4TQPzk9dxo1NE8wim2T"


def lists() -> given.Rows:
    """A person with everything, a company on two lists, delisted on one, and a ship."""
    seen = {"first_seen": given.LISTED, "last_seen": given.LISTED}
    about = {"source": "ofac_sdn", "party_id": "55065", "entity_id": "e-1"} | seen
    story = given.Story()

    def entity(key: str, entity_type: str, name: str, *, is_designated: bool = True) -> None:
        story.add(
            "core.entities", entity_id=key, entity_type=entity_type, name=name,
            list_count=1, is_designated=is_designated, wallet_count=0,
        )  # fmt: skip

    def listing(key: str, party: str, source: str = "ofac_sdn", **more: object) -> None:
        story.add(
            "core.designations",
            **{
                "entity_id": key, "source": source, "party_id": party, "period": 1,
                "programs": "DPRK2; CYBER2", "listed_from": given.LISTED,
                "from_basis": "published", "nationalities": "Russia; Atlantis",
                "vessel_flag": "Korea, North", "title": "Director",
            } | seen | given.PROVENANCE | more,
        )  # fmt: skip

    def name(key: str, text: str, name_type: str, *, is_weak: bool = False, **more: object) -> None:
        row = {"sources": "ofac_sdn"} | seen | more
        story.add(
            "core.entity_names", entity_id=key, name=text, name_type=name_type, is_weak=is_weak,
            **row,
        )  # fmt: skip

    entity("e-1", "person", "ANDREYEV, Vitaliy")
    entity("e-2", "organization", 'KOREA SINJIN "TRADING"', is_designated=False)
    entity("e-3", "vessel", "SHIP")
    listing("e-1", "55065")
    listing("e-2", "55063", listed_to=given.at("2026-01-02").date(), to_basis="snapshot")
    listing("e-2", "KPe.001", "ofac_cons", from_basis="snapshot")
    listing("e-3", "7")
    name("e-1", "ANDREYEV, Vitaliy", "primary")
    name("e-1", "VITYA", "aka", is_weak=True)
    name("e-1", "GONE", "aka", last_seen=given.at("2025-01-01").date())
    name("e-2", "SINJIN", "fka", sources="ofac_cons; ofac_sdn")
    for kind, text in (("passport", "P 1"), ("gender", "Male"), ("birth_place", "Khabarovsk")):
        story.add(
            "core.entity_identifiers", identifier_kind=kind, identifier_type=kind,
            identifier=text, country="Korea, North", **about,
        )  # fmt: skip
    for precision, stated in (("year", "1974"), ("range", "1974 to 1976")):
        story.add(
            "core.entity_dates", date_kind="birth", date_from=given.at("1974-01-01").date(),
            date_to=given.at("1976-12-31").date(), date_precision=precision,
            is_approximate=False, date_as_published=stated, **about,
        )  # fmt: skip
    story.add("core.entity_addresses", full_address="Lenina 1", country="Russia", **about)
    story.add("core.entity_addresses", country="Atlantis", **about)
    story.add(
        "core.entity_wallets", ticker="XBT", chain="bitcoin", address=ADDRESS,
        address_as_published=ADDRESS, listed_from=given.LISTED, from_basis="published",
        **about, **given.PROVENANCE,
    )  # fmt: skip
    story.add(
        "core.entity_links", from_entity_id="e-1", to_entity_id="e-2", relation="Linked To",
        source="ofac_sdn", **seen,
    )  # fmt: skip
    story.add(
        "core.entity_links", from_entity_id="e-1", relation="Linked To", to_name="NOBODY",
        source="ofac_sdn", **seen,
    )  # fmt: skip
    return story.rows


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    lake = tmp_path / "lake"
    lake.mkdir()
    with given.warehouse(lists()) as con:
        con.execute(f"attach '{lake}/warehouse.duckdb' as made")
        con.execute(
            f"copy from database {con.sql('select current_database()').fetchall()[0][0]} to made"
        )
    return Settings.from_env(str(lake))


def test_a_party_is_exported_with_all_that_hangs_on_it(settings: Settings) -> None:
    found = [json.loads(line) for line in export_ftm(settings)]
    by_schema: dict[str, list[dict[str, list[str]]]] = {}
    for e in found:
        by_schema.setdefault(e["schema"], []).append(e["properties"])
    person = next(e for e in found if e["schema"] == "Person")
    addresses = [e for e in found if e["schema"] == "Address"]
    assert set(person["properties"]["addressEntity"]) == {e["id"] for e in addresses}
    assert sorted(e["properties"].get("country", ["?"]) for e in addresses) == [["?"], ["ru"]]
    assert person["properties"] == {
        "name": ["ANDREYEV, Vitaliy"],
        "weakAlias": ["VITYA"],
        "passportNumber": ["P 1"],
        "gender": ["male"],
        "birthPlace": ["Khabarovsk"],
        "nationality": ["ru"],
        "position": ["Director"],
        "birthDate": ["1974"],
        "notes": ["birth: 1974 to 1976"],
        "topics": ["sanction"],
        "addressEntity": person["properties"]["addressEntity"],
    }
    assert by_schema["CryptoWallet"] == [
        {
            "holder": ["e-1"],
            "publicKey": [ADDRESS],
            "currency": ["XBT"],
            "blockchain": ["bitcoin"],
            "topics": ["sanction"],
        }
    ]
    assert by_schema["Passport"][0]["country"] == ["kp"]
    assert by_schema["UnknownLink"] == [
        {"subject": ["e-1"], "object": ["e-2"], "role": ["Linked To"]}
    ]
    ended = [s for s in by_schema["Sanction"] if "endDate" in s]
    assert [(s["listingDate"], s["endDate"]) for s in ended] == [(["2025-08-27"], ["2026-01-02"])]
    (guessed,) = [s for s in by_schema["Sanction"] if "listingDate" not in s]
    assert guessed["authorityId"] == ["KPe.001"]
    assert by_schema["Vessel"] == [{"country": ["ru"], "flag": ["kp"], "topics": ["sanction"]}]


def test_every_reference_leads_to_a_line_and_every_id_is_there_once(settings: Settings) -> None:
    found = [json.loads(line) for line in export_ftm(settings)]
    ids = [e["id"] for e in found]
    assert len(ids) == len(set(ids))
    for e in found:
        for key in REFERENCES.get(e["schema"], ()):
            assert set(e["properties"].get(key, ())) <= set(ids), e


def test_the_same_lake_gives_the_same_bytes(settings: Settings, tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        out = tmp_path / name
        assert main(["export", "ftm", "--lake", settings.lake, "--out", str(out)]) == 0
        written.append(out.read_bytes())
    assert written[0] == written[1]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["lake", "one", "two"]


def test_the_command_prints_lines_and_names_the_licences(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "ftm", "--lake", settings.lake]) == 0
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == len(list(export_ftm(settings)))
    assert "ofac_sdn: " in told.err


def test_what_cannot_be_exported_says_so(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no warehouse yet"):
        list(export_ftm(Settings.from_env(str(tmp_path / "empty"))))
    nowhere = tmp_path / "missing" / "x.json"
    assert main(["export", "ftm", "--lake", settings.lake, "--out", str(nowhere)]) == 3


def test_every_property_is_one_of_followthemoneys(settings: Settings) -> None:
    """ftm_model.json: what `ftm dump-model` (4.11.2) says of the properties we write."""
    model = json.loads((Path(__file__).parent / "ftm_model.json").read_text("utf-8"))
    forms = {
        "country": re.compile("[a-z]{2}"),
        "date": re.compile(r"\d{4}(-\d{2}(-\d{2})?)?"),
        "entity": re.compile("[a-z]-[0-9a-f]+"),
        "gender": re.compile("male|female|other"),
    }
    for entity in map(json.loads, export_ftm(settings)):
        for key, values in entity["properties"].items():
            form = forms.get(model[entity["schema"]][key])
            assert form is None or all(form.fullmatch(v) for v in values), (key, values)
