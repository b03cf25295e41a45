"""The compiled ledger beside the Python one: the same answer to the last bit, or not at all."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numba
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from log_strategies import ADDRESSES, ZERO, Scene, scenes, to_table
from plain_ledger import Row

from transforms.tracing import kernel, ledger, limbs
from transforms.tracing.kernel import jit, wide
from transforms.tracing.ledger import Trace, trace_all

# Sizes at which a carry, a borrow or a digit of a quotient goes wrong first.
EDGES = [2**k + d for k in (16, 32, 60, 63, 64, 65, 95, 96, 113) for d in (-1, 0, 1)]
WIDE_VALUES = st.one_of(
    st.integers(0, 50), st.sampled_from(EDGES), st.integers(0, 2**64), st.integers(0, 2**114)
)


def both(scene, seed_funds):
    for engine in ("kernel", "exact"):
        yield trace_all(
            scene.table(),
            scene.seeds,
            scene.services,
            seed_funds=seed_funds,
            zero_id=ZERO,
            engine=engine,
        )


def assert_equal(compiled, exact):
    for policy, result in compiled.items():
        for name in (field.name for field in fields(Trace)):
            assert getattr(result, name) == getattr(exact[policy], name), (policy, name)


@pytest.mark.parametrize("seed_funds", ledger.SEED_FUNDS)
@given(scene=scenes())
@settings(max_examples=25)
def test_the_kernel_and_python_agree_on_small_amounts(seed_funds, scene):
    assert_equal(*both(scene, seed_funds))


@pytest.mark.parametrize("seed_funds", ledger.SEED_FUNDS)
@given(scene=scenes(values=WIDE_VALUES))
@settings(max_examples=40)
def test_the_kernel_and_python_agree_on_amounts_of_many_digits(seed_funds, scene):
    assert_equal(*both(scene, seed_funds))


def test_the_kernel_goes_on_where_its_tables_were_full(monkeypatch):
    rng = np.random.default_rng(1)
    pays = zip(rng.integers(1, 9, 400), rng.integers(1, 9, 400), strict=True)
    rows = [Row(seq, int(a), int(b), 1000 + seq) for seq, (a, b) in enumerate(pays)]
    scene = Scene(rows, {address: address for address in ADDRESSES[:6]}, {8})
    whole, exact = both(scene, "all")
    monkeypatch.setattr(kernel, "ROWS_AT_ONCE", 7)
    piecemeal, _ = both(scene, "all")
    assert piecemeal["haircut"].traced.column("seq").num_chunks > 100
    assert_equal(piecemeal, exact)
    assert_equal(whole, exact)


def limb(number):
    return np.uint64(number >> 64), np.uint64(number & 2**64 - 1)


def test_a_product_of_256_bits_is_divided_exactly():
    rng = np.random.default_rng(2)
    sizes = [2**126, 2**100, 2**65, 2**64, 2**63, 2**20]
    for size in sizes * 60:
        divisor, one, two = (int.from_bytes(rng.bytes(16)) % size for _ in range(3))
        divisor += 1
        for a in {one % (divisor + 1), divisor, divisor - 1}:
            for b in {two % (divisor + 1), divisor, divisor - 1, 0}:
                high, low = wide.times_over(*limb(a), *limb(b), *limb(divisor))
                assert (int(high) << 64) + int(low) == a * b // divisor


@given(numbers=st.lists(st.one_of(st.integers(0, 10**36 - 1), st.sampled_from(EDGES)), max_size=9))
@settings(max_examples=40)
def test_amounts_pass_through_limbs_unchanged(numbers):
    text = pa.array(map(str, numbers), pa.string())
    found = limbs.to_limbs(text)
    assert limbs.total(found) == sum(numbers)
    entries = np.zeros(len(found), [("high", "u8"), ("low", "u8")])
    entries["high"], entries["low"] = found.T
    assert kernel._text(entries) == text


@pytest.mark.parametrize("values", [[10**36], [2**118] * 200, [1, 10**77]])
def test_amounts_beyond_two_limbs_are_left_to_python(values, monkeypatch):
    rows = [Row(seq, 1, 2, value) for seq, value in enumerate(values)]
    monkeypatch.setattr(ledger, "KERNEL_PAYS_FROM", 0)
    found = ledger.trace(to_table(rows), {1: 1}, [], "haircut")
    assert found.seeded == found.held == sum(values)
    with pytest.raises(ValueError, match="too wide for the kernel"):
        ledger.trace(to_table(rows), {1: 1}, [], "haircut", engine="kernel")


def test_a_hub_service_with_many_outflows_stops_the_reach_at_once():
    hub, outflows = 2, 100_000
    table = pa.table(
        {
            "seq": np.arange(outflows + 1),
            "from_id": np.r_[1, np.full(outflows, hub)],
            "to_id": np.r_[hub, np.arange(outflows) + 10],
            "value": pa.array(["5"] * (outflows + 1)),
            "is_fee": pa.array([False] * (outflows + 1)),
        }
    )
    for policy, found in trace_all(table, {1: 1}, [hub], engine="kernel").items():
        assert found.addresses_reached == found.addresses_tainted == 2, policy
        assert found.sunk == (0 if policy == "poison" else 5)


def test_a_small_trace_never_loads_the_compiler():
    code = (
        "import sys, pyarrow as pa\n"
        "from transforms.tracing.ledger import trace\n"
        "log = pa.table({'seq': [1], 'from_id': [1], 'to_id': [2], 'value': ['3'],"
        " 'is_fee': [False]})\n"
        "assert trace(log, {1: 1}, [], 'fifo').seeded == 3\n"
        "sys.exit('numba' in sys.modules)\n"
    )
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


def test_where_no_cache_can_be_written_the_kernel_still_compiles(monkeypatch):
    njit = numba.njit

    def refuse(*, cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return njit(**options)

    monkeypatch.setattr(numba, "njit", refuse)
    assert jit.compiled(lambda: 7)() == 7
