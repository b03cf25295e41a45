"""The planted truth as data: who is who, what moved, what a correct pipeline must find.

Out: truth/*.csv and truth/counts.json. Amounts are integers in base units. Traces are computed by
the plain ledger of ledger.py; facts/story/planted.csv holds the figures the story was planned with,
and the tests hold the two against each other.
"""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from samples.make import bitcoin, elsewhere, news, other_chains, sanctions
from samples.make.chain import Movement, Tx, movements
from samples.make.common import (
    SNAPSHOTS,
    ZERO,
    Actor,
    actors,
    asset_id,
    base_units,
    day_of,
    read_facts,
    tokens,
    write_csv,
)
from samples.make.ledger import POLICIES, Row, reach, trace
from samples.make.offchain import otc_movements

# The ledger of the token with NFT ids has no amounts to trace.
TRACED = ("USDT", "USDC", "ETH", "FAKE", "usd", "BTC")
MIXER_PARTY = "39796"
HUB = "busy_hub"


def chain_of(asset: str) -> str:
    return {"usd": "tron", "BTC": "bitcoin"}.get(asset, "ethereum")


def seeds(chain: str) -> dict[str, Actor]:
    """Designated wallets of the story, by address; the mixer's contracts are not among them."""
    return {a.address: a for a in actors().values() if a.role == "designated" and a.chain == chain}


def services(chain: str) -> dict[str, Actor]:
    roles = ("service", "hub")
    return {a.address: a for a in actors().values() if a.role in roles and a.chain == chain}


def mixer() -> dict[str, str]:
    """Tornado Cash's published addresses → its list number."""
    rows = read_facts("sanctions", "tornado_cash.csv")
    return {row["address"].lower(): MIXER_PARTY for row in rows}


def ledgers(ordered: list[Tx]) -> dict[str, list[Movement]]:
    """Movements by asset; fees belong to ether's."""
    found: dict[str, list[Movement]] = defaultdict(list)
    for movement in movements(ordered):
        found[movement.asset].append(movement)
    found["usd"] = otc_movements()
    found["BTC"] = bitcoin.book()
    return found


def address_rows() -> Iterator[list[str]]:
    for actor in sorted(actors().values(), key=lambda a: (a.chain, a.name)):
        source = "real" if actor.category == "mixer" else "synthetic"
        names = (actor.name, actor.role, actor.party_id, actor.category, actor.actor)
        yield [actor.chain, actor.address, *names, actor.imitates, source, actor.note]


def wallet_phases() -> dict[str, list[tuple[str, str, str]]]:
    """Address in lower case (Tron's as it is) → its (party, listed from, listed to)."""
    found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for (party, address), (first, last) in sorted(sanctions.wallet_periods().items()):
        key = address.lower() if address.startswith("0x") else address
        found[key].append((party, first, last))
    return found


def phase(day: str, first: str, last: str) -> str:
    """The listing day itself is during, the delisting day is after."""
    if day < first:
        return "before"
    return "during" if not last or day < last else "after"


def direct_rows(books: dict[str, list[Movement]]) -> Iterator[list[object]]:
    """Gross transfers one hop from a designated wallet: no zero values, no payments to itself."""
    wallets = wallet_phases()
    totals: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    for asset, book in books.items():
        for move in book:
            if move.kind == "fee" or not move.value or move.sender == move.receiver:
                continue
            sides = ((move.sender, "sent"), (move.receiver, "received"))
            for address, direction in sides:
                for party, first, last in wallets.get(address, []):
                    when = phase(day_of(move.time), first, last)
                    total = totals[party, address, asset_id(asset), direction, when]
                    total[0] += 1
                    total[1] += move.value
    for key, (transfers, amount) in sorted(totals.items()):
        yield [*key, transfers, amount]


def rows_of(book: Iterable[Movement]) -> list[Row]:
    return [Row(m.sender, m.receiver, m.value, m.kind) for m in book]


class Traces:
    """All runs of the plain ledger, as rows of the truth's three trace files."""

    def __init__(self, books: dict[str, list[Movement]]) -> None:
        self.totals: list[list[object]] = []
        self.services: list[list[object]] = []
        self.reached: list[list[object]] = []
        for asset in TRACED:
            self.run("as_labelled", asset, rows_of(books[asset]))
        self.run("mixer_is_origin", "ETH", rows_of(books["ETH"]))

    def run(self, configuration: str, asset: str, rows: list[Row]) -> None:
        chain = chain_of(asset)
        present = {address for row in rows for address in (row.sender, row.receiver)}
        start = {address: actor.party_id for address, actor in seeds(chain).items()}
        stops = set(services(chain))
        if configuration == "mixer_is_origin":
            start |= mixer()
            stops -= mixer().keys()
        start = {address: party for address, party in start.items() if address in present}
        found = reach(rows, start, stops)
        for address, hop in sorted(found.items(), key=lambda item: (item[1], item[0])):
            self.reached.append([configuration, asset_id(asset), address, hop])
        for seed_funds in ("opening", "all"):
            for policy in POLICIES:
                origins = {address: address for address in start}
                result = trace(rows, origins, stops, policy, seed_funds)
                if result.odd_units and configuration == "as_labelled":
                    raise ArithmeticError(f"{asset}: shares of origins are not exact")
                run = (configuration, seed_funds, policy, asset_id(asset))
                stores = (result.seeded, result.held, result.sunk, result.burned, result.fees)
                hit = {service for (service, _), amount in result.sunk.items() if amount}
                tainted = result.tainted | start.keys()
                sums = (sum(store.values()) for store in stores)
                self.totals.append([*run, *sums, len(found), len(tainted), len(hit)])
                self.add_services(run, start, result.receipts)

    def add_services(
        self,
        run: tuple[str, ...],
        start: dict[str, str],
        receipts: list[tuple[int, str, str, int, int]],
    ) -> None:
        grouped: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        for _, service, origin, amount, hops in receipts:
            grouped[origin, service].append((amount, hops))
        for (origin, service), items in sorted(grouped.items()):
            amount, hops = sum(a for a, _ in items), min(h for _, h in items)
            names = (start[origin], origin, service)
            self.services.append([*run, *names, len(items), amount, hops])


def planted_rows() -> Iterator[list[object]]:
    for row in read_facts("story", "planted.csv"):
        origin, service = actors()[row["origin"]], actors()[row["service"]]
        names = (asset_id(row["asset"]), origin.party_id, origin.address, service.address)
        amount = base_units(row["amount"], row["asset"])
        yield [row["path"], *names, amount, row["hops"], row["policies"]]


def gkg_rows() -> Iterator[list[str]]:
    facts = news.gkg()
    for number, row in enumerate(facts["row"]):
        for name, party in row.get("parties", {}).items():
            kind = "person" if name in row.get("persons", []) else "organization"
            day = row.get("published", "")
            day = f"{day[:4]}-{day[4:6]}-{day[6:8]}" if day else ""
            record = f"{facts['slot']}-{number}"
            yield [record, row["url"], kind, name, party, news.status(party, day)]


def counts(out: Path, ordered: list[Tx]) -> dict[str, object]:
    """Figures of the files themselves, counted where they were written."""

    def lines(path: Path) -> int:
        with path.open(encoding="utf-8", newline="") as file:
            return sum(1 for row in csv.reader(file) if row != ["\x1a"])

    etl = {p.stem: lines(p) - 1 for p in sorted((out / "transfers/ethereum_etl").glob("*.csv"))}
    lists = {
        date: {
            "parties": len(sanctions.snapshot(date)),
            "wallets": len({(p.uid, *w) for p in sanctions.snapshot(date) for w in p.wallets}),
            **{
                name: lines(out / "sanctions/ofac_sdn" / f"sdn_{date}" / f"{name}.csv")
                for name in ("sdn", "alt", "add", "sdn_comments")
            },
        }
        for date in SNAPSHOTS
    }
    kinds: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for move in movements(ordered):
        name = move.kind if move.asset == "ETH" else f"{move.asset} {move.kind}"
        kinds[name] += 1
        sums[name] += move.value
    failed = [tx for tx in ordered if not tx.status]
    return {
        "ofac_sdn": lists,
        "ethereum_etl": etl,
        "failed_transactions": {"count": len(failed), "value": str(sum(t.value for t in failed))},
        "movements": {name: kinds[name] for name in sorted(kinds)},
        "sums": {name: str(sums[name]) for name in sorted(sums) if not name.startswith("NFT")},
        "mapped_csv": {"rows": lines(out / "transfers/mapped_csv/otc_ledger_2025-09.csv") - 1},
        "prices_csv": {"rows": lines(out / "prices/prices_csv/prices_2025.csv") - 1},
        "articles": {"count": len(news.articles())},
        "gdelt_gkg": {"rows": len(news.gkg_rows())},
        "counterfeit": asset_id("FAKE"),
        "not_fungible": tokens()["NFT"]["address"],
        "zero_address": ZERO,
    }


def write(out: Path, ordered: list[Tx]) -> None:
    books = ledgers(ordered)
    traces = Traces(books)
    run = "configuration,seed_funds,policy,asset,"
    tables: dict[str, tuple[str, Iterable[Iterable[object]]]] = {
        "addresses": (
            "chain,address,name,role,party_id,category,actor,imitates,origin,note",
            address_rows(),
        ),
        "trace_seeds": ("address,origin", ([a, s.party_id] for a, s in seeds("ethereum").items())),
        "trace_services": ("address", ([address] for address in services("ethereum"))),
        "services": (
            "chain,address,category,actor,basis",
            (
                [a.chain, a.address, a.category, a.actor, "degree" if a.name == HUB else "label"]
                for chain in ("bitcoin", "ethereum", "tron")
                for a in services(chain).values()
            ),
        ),
        "direct_exposure": (
            "party_id,address,asset,direction,phase,transfers,amount",
            direct_rows(books),
        ),
        "planted_paths": (
            "path,asset,party_id,origin_address,service,amount,hops,policies",
            planted_rows(),
        ),
        "traced_totals": (
            f"{run}seeded,held,sunk,burned,fees,addresses_reached,addresses_tainted,services_hit",
            traces.totals,
        ),
        "traced_services": (
            f"{run}party_id,origin_address,service,receipts,tainted,hops",
            traces.services,
        ),
        "reached": ("configuration,asset,address,hop", traces.reached),
        "designation_changes": ("changed_on,party_id,name,change,detail", sanctions.changes()),
        "list_members": ("source,party_id,name,entity,delisted_on", elsewhere.members()),
        "other_chains": (
            "chain,asset,kind,from_address,to_address,value",
            [*bitcoin.movements(), *other_chains.movements()],
        ),
        "mentions": (
            "article,span_start,span_end,surface,party_id,how,status",
            mention_rows(),
        ),
        "gkg_names": ("record,url,kind,name,party_id,status", gkg_rows()),
    }
    for name, (header, rows) in tables.items():
        write_csv(out / "truth" / f"{name}.csv", header.split(","), [list(row) for row in rows])
    text = json.dumps(counts(out, ordered), indent=2) + "\n"
    (out / "truth" / "counts.json").write_bytes(text.encode())


def mention_rows() -> Iterator[list[object]]:
    """Spans hold for text files; a page's text is what the extractor makes of it."""
    for found in news.all_mentions():
        known = not found.file.endswith(".html")
        span = (found.start, found.end) if known else ("", "")
        yield [found.file, *span, found.surface, found.party_id, found.how, found.status]
