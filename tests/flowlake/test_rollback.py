"""A rollback is for all readers, and what it took away can be ingested again."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from flowlake.accepted import rows
from flowlake.ingest import ingest
from flowlake.maintain import rollback, verify
from flowlake.settings import Settings
from transforms.errors import LakeError
from transforms.lake.cut import served

HEADER = "asset,price_date,price_usd\n"

pytestmark = pytest.mark.xdist_group("pipeline")


def prices(settings: Settings) -> set[str]:
    files = served(settings.storage).get("staged.asset_prices", [])
    return {str(r["price_usd"])[:3] for f in files for r in pq.read_table(f).to_pylist()}


def test_bytes_that_a_rollback_took_away_are_published_again(tmp_path: Path) -> None:
    settings = Settings.from_env(str(tmp_path / "lake"))
    old, new = tmp_path / "a" / "prices.csv", tmp_path / "b" / "prices.csv"
    for path, price in ((old, "1.5"), (new, "2.5")):
        path.parent.mkdir()
        path.write_text(f"{HEADER}ethereum:eth,2025-01-01,{price}\n", "utf-8")
        assert ingest(settings, "prices_csv", [str(path)]).exit_status == 0
    assert prices(settings) == {"2.5"}
    replacing = rows(settings.storage)[-1]
    assert "replaces other bytes" in replacing["reason"]
    assert rows(settings.storage)[0]["raw_sha256"] in replacing["reason"]

    rollback(settings, "staged.asset_prices", 0)

    assert prices(settings) == {"1.5"}
    assert verify(settings) == []
    again = ingest(settings, "prices_csv", [str(new)])
    assert [s["status"] for s in again.snapshots] == ["published"]
    assert prices(settings) == {"2.5"}


def test_a_table_or_version_that_is_not_there_is_refused(tmp_path: Path) -> None:
    settings = Settings.from_env(str(tmp_path / "lake"))
    with pytest.raises(LakeError, match="no such table"):
        rollback(settings, "staged.nothing", 0)
    with pytest.raises(LakeError, match="publishes none yet"):
        rollback(settings, "staged.asset_prices", 0)
