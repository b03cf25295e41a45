"""Random small logs, and their Arrow form."""

from dataclasses import dataclass

import pyarrow as pa
from hypothesis import strategies as st
from plain_ledger import Row

ZERO = 0
ADDRESSES = range(1, 9)


@dataclass(frozen=True)
class Scene:
    rows: list[Row]
    seeds: dict[int, int]
    services: set[int]

    def table(self):
        return to_table(self.rows)


def to_table(rows):
    columns = list(zip(*rows, strict=True)) or [()] * 5
    return pa.table(
        {
            "seq": pa.array(columns[0], pa.int64()),
            "from_id": pa.array(columns[1], pa.int64()),
            "to_id": pa.array(columns[2], pa.int64()),
            "value": pa.array(map(str, columns[3]), pa.string()),
            "is_fee": pa.array(columns[4], pa.bool_()),
        }
    )


@st.composite
def scenes(draw, values=None, is_plain=False):
    """A log with cycles, self transfers, mints, burns, fees, zero values, services that pay out.

    A plain one has accounts only.
    """
    if values is None:
        values = st.integers(0, 12)
    account = st.sampled_from(ADDRESSES)
    anybody = account if is_plain else st.one_of(account, account, st.sampled_from([ZERO, None]))
    kinds = st.just(False) if is_plain else st.sampled_from([False] * 7 + [True])
    steps = draw(st.lists(st.tuples(anybody, anybody, values, kinds), max_size=40))
    gaps = draw(st.lists(st.integers(1, 3), min_size=len(steps), max_size=len(steps)))
    rows, seq = [], 0
    for (payer, payee, value, is_fee), gap in zip(steps, gaps, strict=True):
        seq += gap
        rows.append(Row(seq, payer, payee, value, is_fee))
    seeds = draw(
        st.dictionaries(st.sampled_from([ZERO, *ADDRESSES]), st.integers(20, 23), max_size=4)
    )
    services = set() if is_plain else draw(st.sets(account, max_size=2))
    return Scene(rows, seeds, services)
