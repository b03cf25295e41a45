"""A rollback is for all readers, and what it took away can be ingested again."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flowlake.accepted import rows
from flowlake.ingest import ingest
from flowlake.maintain import rollback, verify
from flowlake.settings import Settings
from transforms.errors import LakeError
from transforms.lake import delta
from transforms.lake.candidate import CandidateFile, sha256_of
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


def test_a_core_table_returns_to_what_an_earlier_build_made(tmp_path: Path) -> None:
    settings = Settings.from_env(str(tmp_path / "lake"))
    storage, table = settings.storage, "core.assets"
    schema = pa.schema([("asset", pa.string())])
    for number in (0, 1):
        file = tmp_path / f"{number}.parquet"
        pq.write_table(pa.table({"asset": [f"made:{number}"]}, schema), file)
        made = CandidateFile(file, 1, sha256_of(file), {})
        delta.publish(
            storage,
            table,
            [made],
            schema=schema,
            partition_by=(),
            replace=({},),
            app_id="build",
            raw_sha256=made.sha256,
            metadata={},
        )
    assert rollback(settings, table, 0) == 2
    (file,) = delta.files(storage, table)
    assert pq.read_table(file).to_pylist() == [{"asset": "made:0"}]
    for version in (2, 9):
        with pytest.raises(LakeError, match=r"none of those before it \(0 to 1\)"):
            rollback(settings, table, version)
    with pytest.raises(LakeError, match="nothing was published to it yet"):
        rollback(settings, "core.entities", 0)
    assert verify(settings) == []
