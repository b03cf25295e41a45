"""When a build is made again."""

import json
from pathlib import Path

import pytest

from flowlake import build
from flowlake.settings import Settings
from transforms.lake.ledger import read_ledger
from transforms.lake.warehouse import WAREHOUSE


@pytest.fixture
def built(settings: Settings) -> Path:
    """A lake whose warehouse is the one that would be built now."""
    storage = settings.storage
    name = build._name(settings, read_ledger(storage))
    storage.write_bytes(build.BUILT, json.dumps({"name": name}).encode())
    storage.write_bytes(WAREHOUSE, b"a warehouse")
    return Path(settings.lake)


def test_what_is_built_already_is_nothing_new(settings: Settings, built: Path) -> None:
    found = build._built(settings, read_ledger(settings.storage))
    assert found is not None
    assert found["status"] == "nothing new"


@pytest.mark.parametrize("kind", ["file", "link that leads nowhere"])
def test_a_log_beside_the_warehouse_is_a_reason_to_build(
    settings: Settings, built: Path, kind: str
) -> None:
    # To exchange the warehouse is what removes the log, and what people are told to do.
    wal = built / f"{WAREHOUSE}.wal"
    if kind == "file":
        wal.write_bytes(b"changes that no build made")
    else:
        wal.symlink_to("nowhere")
    assert build._built(settings, read_ledger(settings.storage)) is None
