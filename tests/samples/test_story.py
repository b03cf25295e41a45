"""The planted story agrees with itself: transfers, ledgers, labels, prices and news.

Nothing of the pipeline runs here; that it finds the planted truth is tested where it runs.
"""

import hashlib
import json
import tomllib
import zipfile
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import yaml

from tests.samples.given import ETL, SAMPLES, TORNADO, table, truth


def test_blocks_are_whole_and_everything_in_them_is_referred_to_once():
    blocks = {row["number"]: row for row in table(ETL / "blocks.csv")}
    transactions = {row["hash"]: row for row in table(ETL / "transactions.csv")}
    receipts = {row["transaction_hash"]: row for row in table(ETL / "receipts.csv")}
    assert transactions.keys() == receipts.keys()
    indices, logs = defaultdict(list), defaultdict(list)
    for row in transactions.values():
        assert row["block_timestamp"] == blocks[row["block_number"]]["timestamp"]
        indices[row["block_number"]].append(int(row["transaction_index"]))
    for row in table(ETL / "token_transfers.csv"):
        assert receipts[row["transaction_hash"]]["status"] == "1"
        assert transactions[row["transaction_hash"]]["block_number"] == row["block_number"]
        logs[row["block_number"]].append(int(row["log_index"]))
    assert indices.keys() == blocks.keys()
    for number, found in indices.items():
        assert found == list(range(len(found)))
        assert int(blocks[number]["transaction_count"]) == len(found)
        assert logs[number] == list(range(len(logs[number])))


def test_root_traces_repeat_what_their_transaction_moves():
    transactions = {row["hash"]: row for row in table(ETL / "transactions.csv")}
    roots = [row for row in table(ETL / "traces.csv") if not row["trace_address"]]
    assert len(roots) > 20
    for row in roots:
        assert row["value"] == transactions[row["transaction_hash"]]["value"]
    failed = [row for row in table(ETL / "receipts.csv") if row["status"] == "0"]
    assert any(int(transactions[row["transaction_hash"]]["value"]) for row in failed)


def test_the_noise_is_there():
    token = table(ETL / "token_transfers.csv")
    known = {row["name"]: row for row in truth("addresses")}
    hub = known["busy_hub"]["address"]
    partners = {
        row[other]
        for row in token
        for one, other in (("from_address", "to_address"), ("to_address", "from_address"))
        if row[one] == hub
    }
    assert len(partners) > 1000
    contracts = defaultdict(set)
    for row in table(ETL / "tokens.csv"):
        contracts[row["symbol"]].add(row["address"])
    assert len(contracts["USDT"]) == 2
    (nft,) = contracts["SAMPLENFT"]
    assert max(len(row["value"]) for row in token if row["token_address"] == nft) == 78
    alike = [row for row in known.values() if row["imitates"]]
    for row in alike:
        imitated = known[row["imitates"]]["address"]
        assert (row["address"][:6], row["address"][-4:]) == (imitated[:6], imitated[-4:])
        poison = [r for r in token if r["to_address"] == row["address"] and r["value"] == "0"]
        assert poison
    zero = "0x" + "0" * 40
    assert any(row["from_address"] == zero for row in token)
    assert any(row["to_address"] == zero for row in token)
    assert any(row["from_address"] == row["to_address"] for row in token)


def planned() -> dict[tuple[str, ...], int]:
    """(policy, asset, origin, service) → what the story was planned to bring there."""
    sums: dict[tuple[str, ...], int] = defaultdict(int)
    for row in truth("planted_paths"):
        named = row["policies"].split("|")
        for policy in ("fifo", "haircut", "lifo", "tiho") if named == ["all"] else named:
            key = (policy, row["asset"], row["origin_address"], row["service"])
            sums[key] += int(row["amount"])
    return dict(sums)


def test_the_plain_ledger_finds_exactly_what_was_planned():
    found = {
        (row["policy"], row["asset"], row["origin_address"], row["service"]): int(row["tainted"])
        for row in truth("traced_services")
        if row["seed_funds"] == "all" and row["configuration"] == "as_labelled"
    }
    assert found == planned()


def test_the_pure_path_is_the_same_under_every_policy_and_mode():
    pure = [row for row in truth("planted_paths") if row["path"] == "pure"]
    assert [row["policies"] for row in pure] == ["all"]
    alder = {
        row["policy"]: row["tainted"]
        for row in truth("traced_services")
        if row["seed_funds"] == "opening"
        and row["service"] == pure[0]["service"]
        and row["origin_address"] == pure[0]["origin_address"]
    }
    assert alder == dict.fromkeys(("fifo", "haircut", "lifo", "tiho"), "50000000000")


def test_every_book_balances():
    for row in truth("traced_totals"):
        stores = ("held", "sunk", "burned", "fees")
        assert int(row["seeded"]) == sum(int(row[store]) for store in stores)
    assert {row["burned"] for row in truth("traced_totals")} == {"0", "12340000"}


def test_designated_wallets_send_before_during_and_after_their_listing():
    phases = defaultdict(set)
    for row in truth("direct_exposure"):
        if row["direction"] == "sent":
            phases[row["party_id"]].add(row["phase"])
    assert phases["990001"] == {"before", "during"}
    assert phases["990004"] == {"before", "during", "after"}
    assert phases[TORNADO] == {"during", "after"}
    assert len(phases) == 5


def test_marked_spans_cut_out_their_surface():
    for row in truth("mentions"):
        path = SAMPLES / "news" / "articles" / row["article"]
        text = path.read_text("utf-8")
        assert "{{" not in text
        assert row["surface"] in text
        if row["span_start"]:
            assert text[int(row["span_start"]) : int(row["span_end"])] == row["surface"]
        else:
            assert path.suffix == ".html"


def test_articles_have_sidecars_and_every_status_occurs():
    folder = SAMPLES / "news" / "articles"
    texts = [path for path in folder.iterdir() if path.suffix in {".txt", ".html"}]
    assert (
        len(texts)
        == json.loads((SAMPLES / "truth" / "counts.json").read_text())["articles"]["count"]
    )
    for path in texts:
        sidecar = json.loads(path.with_suffix(".json").read_text("utf-8"))
        assert {"url", "title", "publisher", "language"} <= sidecar.keys()
        assert ".example.org/" in sidecar["url"]
    mentions = truth("mentions")
    assert {row["status"] for row in mentions} == {"designated", "delisted", "not_yet", "unknown"}
    silent = {"04_weak_alias_alone.txt", "09_nobody_listed.txt"}
    assert silent == {path.name for path in texts} - {row["article"] for row in mentions}
    friend = {row["party_id"] for row in mentions if row["article"] == "08_false_friend.txt"}
    assert "29703" in friend and "55065" not in friend


def test_the_gkg_slot_is_whole_and_announced_with_its_md5():
    folder = SAMPLES / "news" / "gdelt_gkg"
    (path,) = folder.glob("*.zip")
    size, md5, url = (folder / "lastupdate.txt").read_text().split()
    data = path.read_bytes()
    assert (int(size), md5) == (len(data), hashlib.md5(data, usedforsecurity=False).hexdigest())
    assert url.endswith(path.name)
    with zipfile.ZipFile(path) as archive:
        (member,) = archive.namelist()
        lines = archive.read(member).decode().splitlines()
    assert member == path.name.removesuffix(".zip")
    rows = [line.split("\t") for line in lines]
    assert len(rows) == 25
    assert {len(row) for row in rows} == {27}
    by_record = {row[0]: row for row in rows}
    for expected in truth("gkg_names"):
        column = 11 if expected["kind"] == "person" else 13
        assert expected["name"] in by_record[expected["record"]][column].split(";")


def test_labels_name_every_service_but_not_the_hub():
    notes = table(SAMPLES / "labels" / "label_csv" / "sample_notes.csv")
    labelled = {row["address"]: row["category"] for row in notes}
    for path in (SAMPLES / "labels" / "tagpack").glob("*.yaml"):
        pack = yaml.safe_load(path.read_text("utf-8"))
        for tag in pack["tags"]:
            address = tag["address"]
            key = address.lower() if address.startswith("0x") else address
            labelled[key] = tag.get("category", pack["category"])
    words = {"exchange": "exchange", "mixer": "mixing_service", "dex": "defi_dex", "otc": "otc"}
    for row in truth("services"):
        if row["basis"] == "label":
            assert labelled[row["address"]] == words[row["category"]]
        else:
            assert row["address"] not in labelled
    claimed = {address for address, category in labelled.items() if category == "user"}
    assert not claimed & {row["address"] for row in truth("trace_seeds")}


def test_the_mapping_names_every_column_of_the_otc_book():
    folder = SAMPLES / "transfers" / "mapped_csv"
    mapping = tomllib.loads((folder / "otc_ledger.toml").read_text("utf-8"))
    rows = table(folder / "otc_ledger_2025-09.csv")
    used = {column["from"] for column in mapping["columns"].values()}
    assert used | set(mapping["ignore"]) == rows[0].keys()
    assert all(Decimal(row["Amount USD"]) > 0 for row in rows)
    times = [row["Booked (UTC)"] for row in rows]
    assert times == sorted(times)


def test_prices_cover_every_day_of_the_story_but_one():
    prices = defaultdict(dict)
    for row in table(SAMPLES / "prices" / "prices_csv" / "prices_2025.csv"):
        prices[row["asset"]][row["price_date"]] = Decimal(row["price_usd"])
    ether, bitcoin = prices.pop("ethereum:eth"), prices.pop("bitcoin:btc")
    assert all(set(days.values()) == {Decimal("1.00")} for days in prices.values())
    every_day = set(prices["usd"])
    assert bitcoin.keys() == every_day
    (missing,) = every_day - ether.keys()
    midnight = int(datetime.fromisoformat(missing).replace(tzinfo=UTC).timestamp())
    on_missing = [
        row
        for row in table(ETL / "transactions.csv")
        if int(row["value"]) and 0 <= int(row["block_timestamp"]) - midnight < 86_400
    ]
    assert on_missing
    named = {row["address"] for row in truth("addresses")}
    assert not named & {row["from_address"] for row in on_missing}
