"""The published LaunderNet flows, where they are at hand: every figure of the tracing guide §5."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from log_strategies import to_table
from plain_ledger import Row

from transforms.tracing.ledger import trace_all

FLOWS = Path(__file__).resolve().parents[3] / "shared" / "data" / "transfers"
SCALE = 10**6  # US dollars with six decimals

SEEDED = {"harmony": "70525147.27", "lifi": "9685530.16"}
CLEAN_OPENING = {"harmony": "46112250.28", "lifi": "77238.96"}
REACHED = {"harmony": (468, 11), "lifi": (92, 32)}
EXPECTED = {  # sunk, held, addresses ever tainted, services hit
    ("harmony", "haircut"): ("59976077.344973", "10549069.925027", 468, 11),
    ("harmony", "fifo"): ("63127680.26", "7397467.01", 462, 9),
    ("harmony", "lifo"): ("60052607.93", "10472539.34", 468, 11),
    ("harmony", "tiho"): ("67553211.85", "2971935.42", 465, 11),
    ("lifi", "haircut"): ("8532691.51422", "1152838.64578", 92, 32),
    ("lifi", "fifo"): ("8543694.79", "1141835.37", 75, 30),
    ("lifi", "lifo"): ("8532108.32", "1153421.84", 92, 32),
    ("lifi", "tiho"): ("8538948.09", "1146582.07", 83, 32),
}


def load(case):
    folder = FLOWS / f"laundernet_{case}"
    if not folder.exists():
        pytest.skip("the shared data are not beside this checkout")
    with (folder / "flow_records.csv").open(newline="") as file:
        records = sorted(csv.DictReader(file), key=lambda record: int(record["Block"]))
    lists = [
        (folder / f"{name}_addresses.csv").read_text().split() for name in ("source", "terminal")
    ]
    named = {record[side] for record in records for side in ("From", "To")}
    ids = {address: n for n, address in enumerate(sorted(named.union(*lists)))}
    rows = [
        Row(seq, ids[r["From"]], ids[r["To"]], int(Decimal(r["Value_in_USD"]) * SCALE))
        for seq, r in enumerate(records)
    ]
    seeds, services = ([ids[address] for address in found] for found in lists)
    return to_table(rows), {seed: seed for seed in seeds}, services


@pytest.mark.parametrize("engine", ["exact", "kernel"])
@pytest.mark.parametrize("case", ["harmony", "lifi"])
def test_the_published_flows_give_the_figures_of_the_guide(case, engine):
    found = trace_all(*load(case), engine=engine)
    poison = found.pop("poison")
    assert (poison.addresses_reached, poison.services_hit) == REACHED[case]
    assert poison.addresses_tainted == poison.addresses_reached
    for policy, result in found.items():
        sunk, held, tainted, hit = EXPECTED[case, policy]
        amounts = (result.seeded, result.sunk, result.held, result.clean_opening)
        wanted = (SEEDED[case], sunk, held, CLEAN_OPENING[case])
        assert amounts == tuple(int(Decimal(amount) * SCALE) for amount in wanted), policy
        assert (result.addresses_tainted, result.services_hit) == (tainted, hit), policy
        assert result.addresses_reached == poison.addresses_reached
        assert result.residual == result.burned == result.fees == 0
