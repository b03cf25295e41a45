"""A DELTA through the commands' own verbs: refused, applied, taken once, and set right."""

from datetime import date
from pathlib import Path
from typing import Any

from flowlake.accepted import snapshot_until
from flowlake.ingest import Ingested, ingest
from flowlake.settings import Settings
from flowlake.status import status
from tests.sources import ofac_forms as forms
from tests.sources.ofac_forms import Party
from transforms.lake.tables import read
from transforms.sources import registry

BASE = (Party(101, "Example Bank"), Party(102, "Example Trade"), Party(103, "Example Star"))


def take(settings: Settings, path: Path) -> dict[str, Any]:
    done: Ingested = ingest(settings, "ofac_sdn", [str(path)])
    (snapshot,) = done.snapshots
    return snapshot | {"exit_status": done.exit_status, "problems": done.problems}


def test_a_delta_is_refused_then_applied_then_compared_with_the_full_file(
    settings: Settings, tmp_path: Path
) -> None:
    base = forms.enhanced(BASE, tmp_path / "base.xml", "2025-03-01")
    changes = [forms.entity(BASE[2], "remove"), forms.entity(Party(104, "Newcomer"), "add")]
    delta = forms.delta(changes, tmp_path / "delta.xml", "2025-03-04")
    full = forms.enhanced(BASE[:2], tmp_path / "full.xml", "2025-03-04")

    refused = take(settings, delta)
    assert refused["exit_status"] == 3
    assert "chains from no snapshot" in refused["problems"][0]

    assert take(settings, base)["status"] == "published"
    led = take(settings, delta)
    assert (led["status"], led["date"], led["rows_staged"]) == ("published", "2025-03-04", 3)
    assert led["warnings"]["made of changes to the snapshot of 2025-03-01"] == 2
    assert take(settings, delta)["status"] == "nothing_new"

    right = take(settings, full)
    assert right["status"] == "published"
    made = "(2025-03-04, made of changes)"
    assert right["warnings"][f"designations only where changes had led {made}: parties 104"] == 1

    source = registry.source("ofac_sdn")
    served = snapshot_until(settings.storage, source, date(2025, 12, 31))
    assert served
    assert served.date == date(2025, 3, 4)
    assert not served.is_made_of_changes
    assert snapshot_until(settings.storage, source, date(2025, 2, 28)) is None
    rows = read(settings.storage, "staged.designations").to_pylist()
    of_day = {r["party_id"] for r in rows if str(r["snapshot_date"]) == "2025-03-04"}
    assert of_day == {"101", "102"}
    (one,) = status(settings)["sources"]
    assert one["licence"] == source.licence
