"""The ledger against a plain one, and the invariants every policy must keep."""

from collections import Counter
from itertools import pairwise

import plain_ledger
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from log_strategies import ADDRESSES, ZERO, Scene, scenes, to_table
from plain_ledger import Row

from transforms.tracing.ledger import POLICIES, SEED_FUNDS, trace, trace_all
from transforms.tracing.log import reverse

CONSERVING = [policy for policy in POLICIES if policy != "poison"]
LOTS = ["fifo", "lifo", "tiho"]


def run(scene, policy, seed_funds="opening"):
    return run_all(scene, [policy], seed_funds)[policy]


def run_all(scene, policies=CONSERVING, seed_funds="opening"):
    return trace_all(
        scene.table(),
        scene.seeds,
        scene.services,
        policies,
        seed_funds,
        zero_id=ZERO,
        engine="exact",
    )


def per_transfer(result):
    """Tainted money of each transfer, all origins together."""
    found = Counter()
    for row in result.traced.to_pylist():
        found[row["seq"]] += int(row["tainted"])
    return found


def addresses(result, flag=None):
    return {r["address_id"] for r in result.addresses.to_pylist() if flag is None or r[flag]}


@pytest.mark.parametrize("seed_funds", SEED_FUNDS)
@given(scene=scenes())
@settings(max_examples=60)
def test_every_figure_is_that_of_the_plain_ledger(seed_funds, scene):
    for policy, result in run_all(scene, CONSERVING, seed_funds).items():
        plain = plain_ledger.trace(
            scene.rows, scene.seeds, scene.services, policy, seed_funds, zero=ZERO
        )
        assert (result.seeded, result.burned) == (plain.seeded, plain.burned)
        assert result.fees == plain.fees
        assert plain.balances == {
            (row["address_id"], row["origin_id"]): int(row["tainted"])
            for row in result.balances.to_pylist()
        }
        assert plain.traced == {
            (row["seq"], row["origin_id"]): (int(row["tainted"]), row["hop"])
            for row in result.traced.to_pylist()
        }
        assert addresses(result, "is_tainted") == plain.tainted
        assert result.addresses_tainted == len(plain.tainted)
        sunk = {address for address, _ in plain.balances if address in scene.services}
        assert result.services_hit == len(sunk)
        seeds = addresses(result, "is_seed")
        assert result.clean_opening == sum(v for a, v in plain.opening.items() if a not in seeds)


@pytest.mark.parametrize("seed_funds", SEED_FUNDS)
@given(scene=scenes())
@settings(max_examples=40)
def test_what_was_seeded_is_held_sunk_burned_or_paid_in_fees(seed_funds, scene):
    value = {row.seq: row.value for row in scene.rows}
    for result in run_all(scene, CONSERVING, seed_funds).values():
        assert result.residual == 0
        assert result.seeded == result.held + result.sunk + result.burned + result.fees
        assert all(0 < tainted <= value[seq] for seq, tainted in per_transfer(result).items())
        where = Counter()
        for row in result.balances.to_pylist():
            where[row["is_service"]] += int(row["tainted"])
            assert row["is_service"] == (row["address_id"] in scene.services)
        assert (where[False], where[True]) == (result.held, result.sunk)


@given(scene=scenes())
@settings(max_examples=100)
def test_reach_is_earliest_arrival_in_time_order(scene):
    result = run(scene, "poison")
    plain = plain_ledger.reach(scene.rows, scene.seeds, scene.services, zero=ZERO)
    found = {r["address_id"]: r["arrival_seq"] for r in result.addresses.to_pylist()}
    assert found == {a: None if seq == -1 else seq for a, seq in plain.items()}
    assert result.addresses_reached == result.addresses_tainted == len(plain)
    assert result.services_hit == len(set(plain) & scene.services)
    assert result.traced.num_rows == result.balances.num_rows == result.seeded == 0


@pytest.mark.parametrize("seed_funds", SEED_FUNDS)
@given(scene=scenes())
@settings(max_examples=40)
def test_taint_never_leaves_the_reach(seed_funds, scene):
    found = run_all(scene, POLICIES, seed_funds)
    reach = addresses(found["poison"])
    for result in found.values():
        assert addresses(result, "is_tainted") <= addresses(result) == reach
        assert {row["address_id"] for row in result.balances.to_pylist()} <= reach


@given(scene=scenes())
@settings(max_examples=20)
def test_without_seeds_nothing_is_tainted(scene):
    for result in run_all(Scene(scene.rows, {}, scene.services), POLICIES, "all").values():
        assert result.seeded == result.addresses_reached == result.traced.num_rows == 0


@given(scene=scenes(is_plain=True))
@settings(max_examples=30)
def test_when_everybody_is_a_seed_all_money_that_is_not_minted_is_tainted(scene):
    everybody = {a: a for a in ADDRESSES}
    moved = {r.seq: r.value for r in scene.rows if r.value and r.from_id != r.to_id}
    for result in run_all(Scene(scene.rows, everybody, set())).values():
        assert per_transfer(result) == moved
    minted = [Row(0, ZERO, ADDRESSES[0], 5), *scene.rows]
    opened = plain_ledger.openings(minted, set(), ZERO)
    for result in run_all(Scene(minted, everybody, set())).values():
        assert result.seeded == sum(opened.values())


@given(scene=scenes())
@settings(max_examples=50)
def test_grouping_seeds_changes_no_total(scene):
    apart = run_all(Scene(scene.rows, {a: a for a in scene.seeds}, scene.services))
    together = run_all(Scene(scene.rows, dict.fromkeys(scene.seeds, 7), scene.services))
    figures = ["seeded", "held", "sunk", "burned", "fees", "addresses_tainted", "services_hit"]
    for policy in CONSERVING:
        for figure in figures:
            assert getattr(apart[policy], figure) == getattr(together[policy], figure)
        assert per_transfer(apart[policy]) == per_transfer(together[policy])


@given(scene=scenes(), cuts=st.lists(st.integers(0, 40), max_size=4))
@settings(max_examples=30)
def test_the_split_of_the_log_and_the_numbers_of_addresses_change_nothing(scene, cuts):
    whole = run_all(scene)
    table = scene.table()
    edges = [0, *sorted(min(cut, len(table)) for cut in cuts), len(table)]
    days = pa.concat_tables([table.slice(a, b - a) for a, b in pairwise(edges)])
    split = trace_all(days, scene.seeds, scene.services, zero_id=ZERO, engine="exact")

    def other(number):  # sparse, far apart, and in another order
        return None if number is None else 10**17 - number * 10**15

    rows = [row._replace(from_id=other(row.from_id), to_id=other(row.to_id)) for row in scene.rows]
    renamed = trace_all(
        to_table(rows),
        {other(address): origin for address, origin in scene.seeds.items()},
        {other(address) for address in scene.services},
        zero_id=other(ZERO),
        engine="exact",
    )
    columns = ["seq", "tainted", "origin_id", "hop"]
    for policy, result in whole.items():
        assert split[policy].traced == result.traced
        assert split[policy].balances == result.balances
        assert renamed[policy].traced.select(columns) == result.traced.select(columns)


@given(scene=scenes(), noise=scenes(), dust=st.lists(st.sampled_from(ADDRESSES), max_size=5))
@settings(max_examples=40)
def test_noise_adds_no_address_to_the_reach(scene, noise, dust):
    quiet = addresses(run(scene, "poison"))
    seeds = {address: scene.seeds[address] for address in quiet & set(scene.seeds)}
    zeros = [row._replace(value=0) for row in noise.rows]
    poisoning = [Row(0, 1000 + n, address, 1) for n, address in enumerate(dust)]
    outflows = [Row(0, s, 2000 + n, 3) for s in scene.services for n in range(5)]
    extra = zeros + poisoning + outflows
    mixed = [row for pair in zip(scene.rows, extra, strict=False) for row in pair]
    mixed += scene.rows[len(extra) :] + extra[len(scene.rows) :]
    numbered = [row._replace(seq=seq) for seq, row in enumerate(mixed)]
    assert addresses(run(Scene(numbered, seeds, scene.services), "poison")) == quiet


@given(scene=scenes(), factor=st.sampled_from([3, 10**6, 10**18, 2**70, 2**200]))
@settings(max_examples=40)
def test_scaling_all_values_scales_the_taint_of_lots_exactly(scene, factor):
    scaled = [row._replace(value=row.value * factor) for row in scene.rows]
    large = run_all(Scene(scaled, scene.seeds, scene.services), LOTS)
    for policy, small in run_all(scene, LOTS).items():
        assert large[policy].sunk == small.sunk * factor
        expected = {seq: tainted * factor for seq, tainted in per_transfer(small).items()}
        assert per_transfer(large[policy]) == expected


@given(scene=scenes())
@settings(max_examples=30)
def test_replaying_the_traced_rows_gives_the_balances(scene):
    openings = plain_ledger.openings(scene.rows, scene.services, ZERO)
    for result in run_all(scene).values():
        seeds = addresses(result, "is_seed")
        taint = Counter({(a, scene.seeds[a]): openings.get(a, 0) for a in seeds})
        for row in result.traced.to_pylist():
            amount = int(row["tainted"])
            assert taint[row["from_id"], row["origin_id"]] >= amount
            taint[row["from_id"], row["origin_id"]] -= amount
            if row["to_id"] not in {None, ZERO}:
                taint[row["to_id"], row["origin_id"]] += amount
        left = {key: amount for key, amount in taint.items() if amount}
        found = result.balances.to_pylist()
        assert left == {(r["address_id"], r["origin_id"]): int(r["tainted"]) for r in found}


@given(scene=scenes())
@settings(max_examples=20)
def test_a_reversed_log_is_traced_back_under_its_own_keys(scene):
    turned = reverse(scene.table())
    result = trace(turned, scene.seeds, scene.services, "fifo", zero_id=ZERO, engine="exact")
    rows = [
        Row(-r.seq, None if r.is_fee else r.to_id, r.from_id, r.value, r.is_fee)
        for r in reversed(scene.rows)
    ]
    plain = plain_ledger.trace(rows, scene.seeds, scene.services, "fifo", zero=ZERO)
    assert {(r["seq"], r["origin_id"]): int(r["tainted"]) for r in result.traced.to_pylist()} == {
        (-seq, origin): amount for (seq, origin), (amount, _) in plain.traced.items()
    }


def test_a_seed_that_is_a_service_absorbs_and_is_no_origin(caplog):
    rows = [Row(1, 1, 2, 5), Row(2, 2, 3, 5)]
    result = run(Scene(rows, {1: 1, 2: 2}, {2}), "fifo")
    assert (result.seeded, result.sunk, result.services_hit) == (5, 5, 1)
    assert addresses(result, "is_seed") == {1}
    assert "1 seed addresses are also services" in caplog.text


@pytest.mark.parametrize("seqs", [(1, 1), (2, 1)])
def test_equal_and_descending_keys_are_refused_by_name(seqs):
    table = to_table([Row(seq, 1, 2, 5) for seq in seqs])
    with pytest.raises(ValueError, match=rf"seq {seqs[1]} follows seq {seqs[0]}"):
        trace(table, {1: 1}, [], "fifo")


@pytest.mark.parametrize("value", ["-1", "1.0", "1e3", "", "0x1", " 1", None])
def test_a_value_that_is_no_exact_amount_is_refused_by_its_seq(value):
    table = to_table([Row(41, 1, 2, 5), Row(42, 1, 2, 5)])
    table = table.set_column(3, "value", pa.array(["5", value], pa.string()))
    with pytest.raises(ValueError, match="transfer seq 42: value is"):
        trace(table, {1: 1}, [], "fifo")


def test_values_that_are_no_text_are_refused():
    table = to_table([Row(1, 1, 2, 5)]).set_column(3, "value", pa.array([5.0]))
    with pytest.raises(ValueError, match="value is double, expected exact decimal text"):
        trace(table, {1: 1}, [], "fifo")


def test_unknown_policies_and_seed_funds_are_refused():
    table = to_table([])
    with pytest.raises(ValueError, match="unknown policy 'lifofo', expected one of fifo"):
        trace(table, {}, [], "lifofo")
    with pytest.raises(ValueError, match="unknown seed funds 'some', expected opening or all"):
        trace(table, {}, [], "fifo", "some")


def test_books_that_do_not_balance_stop_the_run(monkeypatch):
    from transforms.tracing import exact

    monkeypatch.setattr(exact.Books, "born", lambda *_: None)
    with pytest.raises(ArithmeticError, match="fifo: books do not balance"):
        trace(to_table([Row(1, 1, 2, 5)]), {2: 2}, [], "fifo", "all", engine="exact")


def test_an_empty_log_has_a_trace():
    for policy, result in trace_all(to_table([]), {1: 1}, [2], engine="exact").items():
        assert (policy, result.seeded, result.addresses_reached) == (policy, 0, 0)
