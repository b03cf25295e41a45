"""Labels, prices and the OTC desk's own book: what is not on the synthetic Ethereum slice.

Out: labels/tagpack/*.yaml (GraphSense TagPacks), labels/label_csv/*.csv (an explorer's page and an
analyst's table), prices/prices_csv/prices_2025.csv and transfers/mapped_csv/otc_ledger_2025-09.csv
with its mapping otc_ledger.toml.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from samples.make.chain import Movement
from samples.make.common import (
    actors,
    address_of,
    asset_id,
    base_units,
    draw,
    eip55,
    read_facts,
    tron_address,
    unix,
    write_csv,
)

SOURCE = "https://example.org/flowlake-samples"
FIRST_DAY, LAST_DAY = date(2025, 2, 1), date(2025, 10, 1)
# A day without a close of ether: strangers pay each other on it, nobody of the story does.
MISSING_DAY = date(2025, 4, 23)
# Words of the INTERPOL / GraphSense vocabulary for our own categories.
WORDS = {"exchange": "exchange", "mixer": "mixing_service", "dex": "defi_dex", "otc": "otc"}
CURRENCY = {"ethereum": "ETH", "tron": "TRX"}

OTC_MAPPING = """\
# SYNTHETIC. The book of a made-up OTC desk on Tron: no hashes, no blocks, values in US dollars.
name    = "otc_ledger"
family  = "transfers"
format  = { delimiter = ",", header = true, encoding = "utf-8" }
ignore  = ["Entry", "Remark"]

[constants]
chain = "tron"
kind  = "token"
asset = "usd"

[asset]
symbol = "USD"
decimals = 6
rounding = "truncate"

[columns]
from_address = { from = "Paid by", type = "address" }
to_address   = { from = "Paid to", type = "address" }
value        = { from = "Amount USD", type = "decimal_amount" }

[columns.block_timestamp]
from    = "Booked (UTC)"
type    = "timestamp"
formats = ["%Y-%m-%d %H:%M:%S"]
tz      = "UTC"

[order]
keys = ["block_timestamp", "file_row"]
position = "file_row"
"""


def services() -> list[str]:
    """Names of the labelled services, in a fixed order."""
    return sorted(name for name, actor in actors().items() if actor.role == "service")


def tag(address: str, **fields: str) -> list[str]:
    first, *rest = [f"address: '{address}'", *(f"{name}: {text}" for name, text in fields.items())]
    return [f"- {first}", *(f"  {line}" for line in rest)]


def service_tags() -> list[str]:
    lines = [
        "title: Services of the flowlake samples (SYNTHETIC)",
        "creator: flowlake",
        "description: Made-up exchanges, OTC desk and DEX; nobody's real accounts",
        "lastmod: 2025-10-01",
        "confidence: service_data",
        f"source: {SOURCE}",
        "currency: ETH",
        "category: exchange",
        "tags:",
    ]
    for name in services():
        actor = actors()[name]
        # What is on Bitcoin is known from the analyst's table alone.
        if actor.category == "mixer" or actor.chain == "bitcoin":
            continue
        title = actor.actor.replace("_", " ").title() + " (SYNTHETIC)"
        fields = {"label": title, "actor": actor.actor}
        # The header's category and currency are defaults; a tag repeats neither.
        if actor.category != "exchange":
            fields["category"] = WORDS[actor.category]
        if actor.chain != "ethereum":
            fields["currency"] = CURRENCY[actor.chain]
        lines += tag(actor.address, **fields)
    return lines


def mixer_tags() -> list[str]:
    lines = [
        "title: Tornado Cash pools",
        "creator: flowlake",
        "description: Real contracts, public facts; the transfers in the samples are synthetic",
        "lastmod: 2025-10-01",
        "confidence: authority_data",
        "source: https://ofac.treasury.gov/recent-actions/20220808",
        "currency: ETH",
        "category: mixing_service",
        "label: Tornado Cash",
        "actor: tornado_cash",
        "tags:",
    ]
    for row in read_facts("sanctions", "tornado_cash.csv"):
        if row["what"].endswith("ETH pool") or row["what"] == "router":
            lines += tag(eip55(row["address"]), label=f"'Tornado Cash: {row['what']}'")
    return lines


def claim_tags() -> list[str]:
    """A label is a claim: this one calls an undesignated wallet designated."""
    lines = [
        "title: Community claims (SYNTHETIC)",
        "creator: anonymous",
        "description: Claims without proof; only lists designate",
        "lastmod: 2025-09-30",
        "confidence: web_crawl",
        f"source: {SOURCE}",
        "currency: ETH",
        "category: user",
        "tags:",
    ]
    return lines + tag(address_of("worker_04"), label="'OFAC sanctioned (claimed, SYNTHETIC)'")


def explorer_rows() -> Iterator[list[object]]:
    """An explorer's label page "exchange", as people copy it; it agrees with the tag packs."""
    found = [actors()[n] for n in services()]
    exchanges = [a for a in found if (a.chain, a.category) == ("ethereum", "exchange")]
    for number, actor in enumerate(exchanges):
        name = actor.actor.removeprefix("sample_exchange_").title()
        tag_name = f"Sample Exchange {name}: Hot Wallet (SYNTHETIC)"
        balance = draw(10, 9_000, "balance", actor.name)
        yield [number, eip55(actor.address), tag_name, f"{balance:,} ETH", draw(50, 900, tag_name)]


def note_rows() -> Iterator[list[str]]:
    """An analyst's own table: one label no pack has, one that agrees, one that contradicts.

    The pack calls the router a DEX; a DEX decides over an OTC desk, and the other label stays.
    """
    for chain, address, label, category, actor in (
        ("bitcoin", address_of("alder_btc"), "deposits", "exchange", "alder"),
        ("tron", address_of("otc_desk_tron"), "desk on Tron", "otc", "desk"),
        ("ethereum", address_of("dex_router"), "looks like a broker", "otc_broker", ""),
    ):
        names = {"alder": "sample_exchange_alder", "desk": "sample_otc_desk"}
        title = f"Sample: {label} (SYNTHETIC)"
        yield [chain, address, title, category, names.get(actor, ""), "2025-09-30", SOURCE]


def days() -> Iterator[date]:
    day = FIRST_DAY
    while day <= LAST_DAY:
        yield day
        day += timedelta(days=1)


def ether_cents(day: date) -> int:
    """A made-up close: a slow wave around $2,500 with a little jitter."""
    phase = (day - FIRST_DAY).days % 120
    wave = abs(60 - phase) * 1_500 - 45_000
    return 250_000 + wave + draw(-1_500, 1_500, "close", day)


def price_rows() -> Iterator[list[str]]:
    for day in days():
        if day != MISSING_DAY:
            cents = ether_cents(day)
            yield ["ethereum:eth", day.isoformat(), f"{cents // 100}.{cents % 100:02}"]
    for day in days():
        # Bitcoin moves with ether here, and costs forty times as much.
        yield ["bitcoin:btc", day.isoformat(), f"{ether_cents(day) * 40 // 100}.00"]
    for asset in (asset_id("USDT"), asset_id("USDC"), "usd"):
        for day in days():
            yield [asset, day.isoformat(), "1.00"]


def tron_party(name: str) -> str:
    return address_of(name) if name in actors() else tron_address(name)


def otc_rows() -> Iterator[list[str]]:
    for number, row in enumerate(read_facts("story", "otc_ledger.csv"), start=1):
        parties = (tron_party(row["from"]), tron_party(row["to"]))
        yield [str(number), row["at"], *parties, row["amount"], row["remark"]]


def otc_movements() -> list[Movement]:
    return [
        Movement(
            unix(row["at"]),
            "usd",
            "token",
            tron_party(row["from"]),
            tron_party(row["to"]),
            base_units(row["amount"], "usd"),
            "",
        )
        for row in read_facts("story", "otc_ledger.csv")
    ]


def write(out: Path) -> None:
    tagpacks = {
        "sample_services": service_tags(),
        "tornado_cash": mixer_tags(),
        "community_claims": claim_tags(),
    }
    for name, lines in tagpacks.items():
        path = out / "labels" / "tagpack" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(("\n".join(lines) + "\n").encode())
    folder = out / "labels" / "label_csv"
    header = ["", "Address", "Name Tag", "Balance", "Txn Count"]
    write_csv(folder / "exchange.csv", header, explorer_rows())
    header = ["chain", "address", "label", "category", "actor", "labelled_on", "source"]
    write_csv(folder / "sample_notes.csv", header, note_rows())
    header = ["asset", "price_date", "price_usd"]
    write_csv(out / "prices" / "prices_csv" / "prices_2025.csv", header, price_rows())
    folder = out / "transfers" / "mapped_csv"
    header = ["Entry", "Booked (UTC)", "Paid by", "Paid to", "Amount USD", "Remark"]
    write_csv(folder / "otc_ledger_2025-09.csv", header, otc_rows())
    (folder / "otc_ledger.toml").write_bytes(OTC_MAPPING.encode())
