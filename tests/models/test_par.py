"""Stablecoins are worth a dollar without a price only where the settings say so."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from flowlake.settings import Settings
from tests.models.given import MODELS, load, make, steps_before
from transforms.engine.duckdb import DuckDBEngine, connect

TRANSFERS = MODELS["core.transfers"]
USDT, DAI, FAKE = "ethereum:0xdac17f", "ethereum:0x6b1754", "ethereum:0xfake"
GIVEN = {
    "core.assets": f"""asset,chain,symbol,decimals,is_stablecoin,asset_basis
{USDT},ethereum,USDT,6,true,registry
{DAI},ethereum,DAI,18,true,mapping
{FAKE},ethereum,USDT,6,true,export
ethereum:eth,ethereum,ETH,18,false,registry
""",
    "staged.asset_prices": f"""source,batch,asset,price_date,price_usd,record_id
prices_csv,p,{USDT},2025-01-01,0.98,1
""",
    "staged.transfers": f"""source,chain,asset,block_number,block_timestamp,transaction_hash,position,position_basis,kind,from_address,to_address,value,value_d38,has_wide_value,raw_sha256,record_id
e,ethereum,{USDT},1,2025-01-01 00:00:00,0xa,1,log,token,0x1,0x2,1000000,1000000,false,f,1
e,ethereum,{USDT},2,2025-01-02 00:00:00,0xb,1,log,token,0x1,0x2,2000000,2000000,false,f,2
e,ethereum,{DAI},3,2025-01-02 00:00:00,0xc,1,log,token,0x1,0x2,3000000000000000000,3000000000000000000,false,f,3
e,ethereum,{FAKE},4,2025-01-02 00:00:00,0xd,1,log,token,0x1,0x2,4000000,4000000,false,f,4
e,ethereum,ethereum:eth,5,2025-01-02 00:00:00,0xe,0,transaction,native,0x1,0x2,5,5,false,f,5
""",  # noqa: E501 one line of CSV
}


@pytest.mark.parametrize(
    ("par", "expected"),
    [
        ((), ["0.98", None, None, None, None]),
        (("all",), ["0.98", "2", "3", None, None]),
        (("usdt",), ["0.98", "2", None, None, None]),
        ((DAI, "ETH"), ["0.98", None, "3", None, None]),
    ],
)
def test_par_is_declared_and_a_price_goes_before_it(
    par: Sequence[str], expected: list[str | None], tmp_path: Path
) -> None:
    engine = DuckDBEngine(connect())
    engine.prepare()
    engine.declare_par(par)
    steps = steps_before(TRANSFERS)
    for name in sorted({r for m in (TRANSFERS, *steps) for r in m.reads}):
        if name.startswith(("seeds.", "work.")):
            continue
        file = tmp_path / f"{name}.csv"
        if name in GIVEN:
            file.write_text(GIVEN[name], "utf-8")
        load(engine.con, name, file if name in GIVEN else None)
    make(engine, TRANSFERS)
    rows = engine.execute("select value_usd from core.transfers order by seq").fetchall()
    assert [r[0] for r in rows] == [None if e is None else Decimal(e) for e in expected]


def test_par_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FLOWLAKE_PAR", "USDT, tron:TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t")
    found = Settings.from_env(str(tmp_path)).par
    assert found == ("USDT", "tron:TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t")
