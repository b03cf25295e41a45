"""Proof paths are made of transfers that happened, one after the other."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from log_strategies import ZERO, scenes

from transforms.tracing.ledger import POLICIES, SEED_FUNDS, trace, trace_all
from transforms.tracing.log import reverse
from transforms.tracing.paths import proof_paths


@pytest.mark.parametrize("seed_funds", SEED_FUNDS)
@given(scene=scenes())
@settings(max_examples=40)
def test_each_path_leads_in_time_order_from_its_seed_to_its_last_receipt(seed_funds, scene):
    traces = trace_all(
        scene.table(), scene.seeds, scene.services, POLICIES, seed_funds, zero_id=ZERO
    )
    for result in traces.values():
        assert_proven(result, scene)


def assert_proven(result, scene):
    rows = {row.seq: row for row in scene.rows}
    receipts = {}
    for row in result.traced.to_pylist():
        if row["to_id"] in scene.services:
            receipts[row["origin_id"], row["to_id"]] = row
    paths = proof_paths(result).to_pylist()
    assert [(path["origin_id"], path["service_id"]) for path in paths] == sorted(receipts)
    for path in paths:
        addresses, seqs = path["address_ids"], path["seqs"]
        receipt = receipts[path["origin_id"], path["service_id"]]
        assert (seqs[-1], path["amount"]) == (receipt["seq"], receipt["tainted"])
        assert path["hops"] == len(seqs) == receipt["hop"] == len(set(addresses)) - 1
        assert seqs == sorted(set(seqs))
        assert scene.seeds[addresses[0]] == path["origin_id"]
        steps = list(pairwise(addresses))
        assert steps == [(rows[seq].from_id, rows[seq].to_id) for seq in seqs]
        assert not scene.services & set(addresses[:-1])


@given(scene=scenes())
@settings(max_examples=25)
def test_a_path_of_received_money_goes_back_in_time(scene):
    result = trace(reverse(scene.table()), scene.seeds, scene.services, "fifo", zero_id=ZERO)
    rows = {row.seq: row for row in scene.rows}
    for path in proof_paths(result).to_pylist():
        assert path["seqs"] == sorted(set(path["seqs"]), reverse=True)
        assert list(pairwise(path["address_ids"])) == [
            (rows[seq].to_id, rows[seq].from_id) for seq in path["seqs"]
        ]
