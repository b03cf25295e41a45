"""The compiled ledger against the samples' plain one, which shares no code with it."""

import csv
from pathlib import Path

import pyarrow as pa
import pytest

from samples.make import chain, noise, story, truth
from transforms.tracing.ledger import trace_all

TOTALS = Path(__file__).parents[2] / "samples" / "truth" / "traced_totals.csv"
BOOKS = ("seeded", "held", "sunk", "burned", "fees")
COUNTS = ("addresses_reached", "addresses_tainted", "services_hit")


@pytest.fixture(scope="module")
def books():
    return truth.ledgers(chain.lay_out(story.transactions() + noise.transactions()))


def expected(asset: str, seed_funds: str) -> dict[str, dict[str, int]]:
    with TOTALS.open(encoding="utf-8", newline="") as file:
        return {
            row["policy"]: {name: int(row[name]) for name in BOOKS + COUNTS}
            for row in csv.DictReader(file)
            if (row["asset"], row["seed_funds"]) == (asset, seed_funds)
            and row["configuration"] == "as_labelled"
        }


@pytest.mark.parametrize("engine", ["exact", "kernel"])
@pytest.mark.parametrize("seed_funds", ["opening", "all"])
@pytest.mark.parametrize("asset", truth.TRACED)
def test_the_ledger_agrees_with_the_plain_one_on_the_planted_case(books, asset, seed_funds, engine):
    rows = truth.rows_of(books[asset])
    place = truth.chain_of(asset)
    seeds, services = truth.seeds(place), truth.services(place)
    named = {address for row in rows for address in (row.sender, row.receiver)}
    ids = {address: n for n, address in enumerate(sorted(named | {truth.ZERO, *seeds, *services}))}
    fees = [row.kind == "fee" for row in rows]
    to = [None if fee else ids[row.receiver] for row, fee in zip(rows, fees, strict=True)]
    log = pa.table(
        {
            "seq": pa.array(range(len(rows)), pa.int64()),
            "from_id": pa.array([ids[row.sender] for row in rows], pa.int64()),
            "to_id": pa.array(to, pa.int64()),
            "value": [str(row.value) for row in rows],
            "is_fee": fees,
        }
    )
    found = trace_all(
        log,
        {ids[address]: ids[address] for address in seeds},
        [ids[address] for address in services],
        ["fifo", "haircut", "lifo", "tiho"],
        seed_funds,
        zero_id=ids[truth.ZERO],
        engine=engine,
    )
    assert {
        policy: {name: getattr(trace, name) for name in BOOKS + COUNTS}
        for policy, trace in found.items()
    } == expected(truth.asset_id(asset), seed_funds)
