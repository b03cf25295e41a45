"""Whose labels win is the settings' to say."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from flowlake.settings import Settings
from tests.models.given import make, steps_before
from transforms.engine.duckdb import DuckDBEngine, connect
from transforms.engine.models import models
from transforms.schemas import table

SERVICES = next(m for m in models() if m.table == "core.services")
LABELS = """
    select 'tagpack' as source, 'a' as batch, 'ethereum' as chain, '0xa' as address,
        'tornado' as label, 'mixer' as category, 'alice' as labeller, '1' as record_id
    union all select 'label_csv', 'b', 'ethereum', '0xa', 'cold', 'exchange', 'Etherscan', '2'
    union all select 'label_csv', 'c', 'ethereum', '0xa', 'ours', 'bridge', 'Acme, Inc.', '3'
"""


@pytest.mark.parametrize(
    ("ranks", "expected"),
    [
        ((), ("mixer", "alice: tornado; others say bridge, exchange")),
        (("label_csv",), ("exchange", "Etherscan: cold; others say bridge, mixer")),
        (("Acme, Inc.", "tagpack"), ("bridge", "Acme, Inc.: ours; others say exchange, mixer")),
        (("nobody", "tagpack"), ("mixer", "alice: tornado; others say bridge, exchange")),
    ],
)
def test_labels_of_whom_the_settings_name_first_win(
    ranks: Sequence[str], expected: tuple[str, str]
) -> None:
    engine = DuckDBEngine(connect())
    engine.prepare()
    engine.rank_labellers(ranks)
    steps = steps_before(SERVICES)
    for name in sorted({r for m in (SERVICES, *steps) for r in m.reads}):
        if not name.startswith(("seeds.", "work.")):
            given = {"source", "batch", "chain", "address", "label", "category", "labeller"}
            given |= {"record_id"}
            columns = ", ".join(
                c.name
                if name == "staged.address_labels" and c.name in given
                else f"cast(null as {c.kind.duckdb}) as {c.name}"
                for c in table(name).columns
            )
            rows = f"({LABELS})" if name == "staged.address_labels" else "(select 1 where false)"
            engine.execute(f"create table {name} as select {columns} from {rows}")
    make(engine, SERVICES)
    found = engine.execute("select category, basis_detail from core.services").fetchall()
    assert found == [expected]


def test_the_order_of_labellers_is_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FLOWLAKE_LABELS", " Acme compliance ,label_csv,,")
    assert Settings.from_env(str(tmp_path)).label_priority == ("Acme compliance", "label_csv")
    monkeypatch.delenv("FLOWLAKE_LABELS")
    assert Settings.from_env(str(tmp_path)).label_priority == ()
