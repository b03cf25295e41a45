"""Lake tables as views of the warehouse."""

from pathlib import Path

import duckdb
import pytest

from transforms.engine.duckdb import DuckDBEngine
from transforms.schemas import table


@pytest.mark.parametrize("name", ["staged.designations", "meta.ingests"])
def test_a_column_that_is_younger_than_the_files_is_null(tmp_path: Path, name: str) -> None:
    file = tmp_path / "old.parquet"
    con = duckdb.connect()
    con.sql("select 'ofac_sdn' as source, 'dropped since' as forgotten").write_parquet(str(file))
    engine = DuckDBEngine(con)
    engine.prepare()
    engine.attach(name, [str(file)])
    rows = con.sql(f"from {name}")
    assert rows.columns == list(table(name).column_names())
    assert [r for r in rows.fetchone() or () if r is not None] == ["ofac_sdn"]
