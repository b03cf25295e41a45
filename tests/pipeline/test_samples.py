"""What the pipeline finds in the samples is what was planted in them."""

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from flowlake.build import build
from flowlake.ingest import ingest
from flowlake.maintain import verify
from flowlake.trace import trace
from tests.pipeline.conftest import SAMPLES, Lake, sample_runs

EXPOSURE = """
    select p.party_id, e.asset, e.direction, e.phase, e.transfers, e.amount, a.decimals
    from marts.entity_exposure e
    inner join core.entity_parties p using (entity_id)
    inner join core.assets a using (asset)
    where e.hop = 1 and p.source = 'ofac_sdn'
"""
# What moves between addresses of one party neither leaves nor reaches it; the planted truth, which
# counts by address, has it once in each direction.
WITHIN = """
    select
        o.party_id, t.asset, d.direction, count(*) as transfers, sum(t.amount) as amount,
        max(a.decimals) as decimals,
        case when t.block_date < o.listed_from then 'before'
            when o.listed_to is null or t.block_date < o.listed_to then 'during'
            else 'after' end as phase
    from core.transfers t
    inner join core.entity_wallets o on t.from_address = o.address
    inner join core.entity_wallets i on t.to_address = i.address and o.party_id = i.party_id
    inner join core.assets a on t.asset = a.asset
    cross join (values ('sent'), ('received')) d (direction)
    where t.value <> '0' and t.from_address <> t.to_address
    group by all
"""

Truth = Callable[[str], list[dict[str, str]]]

pytestmark = pytest.mark.xdist_group("pipeline")


def test_every_source_is_published_and_its_books_balance(lake: Lake) -> None:
    for source, done in lake.ingested.items():
        assert done.problems == [], source
        for s in done.snapshots:
            assert s["published"], source
            assert s["rows_read"] == s["rows_staged"] + s["rows_rejected"], source
    counts = json.loads((SAMPLES / "truth" / "counts.json").read_text("utf-8"))
    staged = {s["date"]: s["rows_staged"] for s in lake.ingested["ofac_sdn"].snapshots}
    assert staged == {day: c["parties"] for day, c in counts["ofac_sdn"].items()}


def test_the_tables_an_analyst_starts_from_are_not_empty(lake: Lake) -> None:
    # Clean samples contradict nothing, and nothing of them is rejected.
    empty = {"core.transfer_conflicts", "core.reject_counts"}
    for table, rows in lake.built["tables"].items():
        assert (rows > 0) is (table not in empty), table


def test_every_table_and_column_carries_a_comment(lake: Lake) -> None:
    bare = lake.rows(
        "select schema_name || '.' || table_name as name from duckdb_tables() where comment is null"
        " union all select schema_name || '.' || table_name || '.' || column_name"
        " from duckdb_columns() where not internal and comment is null"
    )
    assert bare == []


def test_cash_outs_are_what_an_independent_ledger_says(lake: Lake, truth: Truth) -> None:
    expected = {
        (t["policy"], t["asset"], t["origin_address"], t["service"]): (
            int(t["receipts"]),
            int(t["tainted"]),
            int(t["hops"]),
        )
        for t in truth("traced_services")
        if t["seed_funds"] == "all"
        and t["policy"] in ("fifo", "haircut")
        and not (t["asset"] == "ethereum:eth" and t["configuration"] == "as_labelled")
    }
    found: dict[tuple[str, str, str, str], tuple[int, int, int]] = {}
    for r in lake.rows(
        "select distinct policy, asset, origin_address, service, seq, tainted, hops"
        " from core.cash_outs"
    ):
        key = (r["policy"], r["asset"], r["origin_address"], r["service"])
        count, total, hops = found.get(key, (0, 0, 10**9))
        found[key] = (count + 1, total + int(r["tainted"]), min(hops, r["hops"]))
    assert found == expected


def test_a_movement_that_several_exports_hold_is_there_once(lake: Lake) -> None:
    held = lake.rows("select distinct source from staged.transfers where chain = 'ethereum'")
    assert len(held) == 6
    counts = json.loads((SAMPLES / "truth" / "counts.json").read_text("utf-8"))
    found: dict[str, tuple[int, int]] = {}
    for r in lake.rows(
        "select a.symbol, a.is_counterfeit, t.kind, t.value from core.transfers t"
        " inner join core.assets a using (asset)"
        " where t.chain = 'ethereum' and t.kind <> 'reward' and t.is_fungible"
    ):
        symbol = (
            "FAKE " if r["is_counterfeit"] else "" if r["symbol"] == "ETH" else r["symbol"] + " "
        )
        count, total = found.get(symbol + r["kind"], (0, 0))
        found[symbol + r["kind"]] = (count + 1, total + int(r["value"]))
    assert found == {
        kind: (counts["movements"][kind], int(total)) for kind, total in counts["sums"].items()
    }


def test_other_chains_hold_what_was_written_of_them(lake: Lake, truth: Truth) -> None:
    columns = ("chain", "asset", "kind", "from_address", "to_address", "value")
    rows = lake.rows(
        "select * from core.transfers where chain <> 'ethereum' and source <> 'mapped_csv'"
    )
    found = sorted(tuple(r[c] or "" for c in columns) for r in rows)
    assert found == sorted(tuple(t[c] for c in columns) for t in truth("other_chains"))


def test_of_two_labels_one_decides_and_the_other_is_told(lake: Lake) -> None:
    found = lake.rows(
        "select category, basis_detail from core.services where basis_detail like '%others say%'"
    )
    assert found == [
        {"category": "dex", "basis_detail": "flowlake: Sample Dex (SYNTHETIC); others say otc"}
    ]


def test_services_are_labelled_or_hubs_and_never_designated(lake: Lake, truth: Truth) -> None:
    found = {
        (r["chain"], r["address"], r["basis"])
        for r in lake.rows("select chain, address, basis from core.services")
    }
    expected = {(t["chain"], t["address"], t["basis"]) for t in truth("services")}
    designated = {
        r["address"] for r in lake.rows("select distinct address from core.entity_wallets")
    }
    assert {f for f in found if f in expected} == {e for e in expected if e[1] not in designated}
    assert not {a for _, a, _ in found} & designated


def test_direct_exposure_is_gross_by_phase(lake: Lake, truth: Truth) -> None:
    expected: dict[tuple[str, str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for t in truth("direct_exposure"):
        sums = expected[t["party_id"], t["asset"], t["direction"], t["phase"]]
        sums[0] += int(t["transfers"])
        sums[1] += int(t["amount"])
    found: dict[tuple[str, str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for r in lake.rows(EXPOSURE) + lake.rows(WITHIN):
        sums = found[r["party_id"], r["asset"], r["direction"], r["phase"]]
        sums[0] += r["transfers"]
        sums[1] += int(r["amount"].scaleb(r["decimals"]))
    assert found == dict(expected)


def test_paths_lead_from_an_origin_to_a_service_in_time(lake: Lake) -> None:
    paths = lake.rows("select * from marts.flow_paths")
    services = {r["address"] for r in lake.rows("select address from core.services")}
    for p in paths:
        assert p["addresses"][0] == p["origin_address"]
        assert p["addresses"][-1] == p["service"]
        assert p["service"] in services
        assert len(p["addresses"]) == p["hops"] + 1 == len(p["transaction_hashes"]) + 1
        assert p["started_at"] <= p["ended_at"]


def test_changes_between_the_snapshots_are_found(lake: Lake, truth: Truth) -> None:
    found = {
        (str(r["changed_on"]), r["party_id"], r["change"])
        for r in lake.rows(
            "select changed_on, party_id, change from marts.designation_changes"
            " where source = 'ofac_sdn'"
        )
    }
    expected = {(t["changed_on"], t["party_id"], t["change"]) for t in truth("designation_changes")}
    assert found >= expected
    # A wallet added or removed also amends the remark that names it.
    assert {f for f in found - expected if f[2] != "amended"} == set()


def test_a_party_of_several_lists_is_one_entity_and_namesakes_stay_apart(
    lake: Lake, truth: Truth
) -> None:
    found = {
        (r["source"], r["party_id"]): r["entity_id"]
        for r in lake.rows("select source, party_id, entity_id from core.entity_parties")
    }
    on_ofacs = {party_id: e for (source, party_id), e in found.items() if source == "ofac_sdn"}
    assert len(set(on_ofacs.values())) == len(on_ofacs)
    entities: dict[str, str] = dict(on_ofacs)
    for t in truth("list_members"):
        entity = entities.setdefault(t["entity"], found[t["source"], t["party_id"]])
        assert found[t["source"], t["party_id"]] == entity, t
    assert len(set(entities.values())) == len(entities)
    (most,) = lake.rows("select max(list_count) as n from core.entities")
    assert most == {"n": 6}


def test_each_list_tells_in_its_way_that_a_party_was_taken_off(lake: Lake, truth: Truth) -> None:
    found = {
        (r["source"], r["party_id"]): str(r["listed_to"] or "")
        for r in lake.rows("select source, party_id, listed_to from core.designations")
    }
    for t in truth("list_members"):
        assert found[t["source"], t["party_id"]] == t["delisted_on"]


def test_mentions_are_where_they_were_written(lake: Lake, truth: Truth) -> None:
    parties = {
        r["entity_id"]: r["party_id"]
        for r in lake.rows(
            "select entity_id, party_id from core.entity_parties where source = 'ofac_sdn'"
        )
    }
    texts = {
        Path(r["record_id"]).name.split(":")[0]: r["article_id"]
        for r in lake.rows(
            "select article_id, record_id from staged.articles where source = 'articles'"
        )
    }
    names = {v: k for k, v in texts.items()}
    found = {
        (
            names[r["article_id"]],
            r["span_start"],
            r["span_end"],
            parties[r["entity_id"]],
            r["status_at_publication"],
        )
        for r in lake.rows("select * from core.mentions where source = 'articles'")
        if names[r["article_id"]].endswith(".txt") and r["entity_id"] in parties
    }
    expected = {
        (t["article"], int(t["span_start"]), int(t["span_end"]), t["party_id"], t["status"])
        for t in truth("mentions")
        if t["span_start"]
    }
    assert found == expected


def test_every_staged_row_leads_back_to_raw_bytes(lake: Lake) -> None:
    raw = Path(lake.settings.lake) / "raw"
    objects = {p.parent.name for p in raw.rglob("data")}
    ledger = lake.rows("select raw_sha256 from meta.ingests where published")
    assert ledger
    for p in raw.rglob("manifest.json"):
        manifest = json.loads(p.read_text("utf-8"))
        assert manifest["sha256"] in objects
        assert manifest["licence"]


def test_the_lake_is_whole(lake: Lake) -> None:
    assert verify(lake.settings) == []


def test_doing_it_all_again_changes_nothing(lake: Lake) -> None:
    folder = Path(lake.settings.lake)
    before = {
        p: p.stat().st_mtime_ns
        for p in folder.rglob("*")
        if p.is_file() and "_locks" not in p.parts and "raw" not in p.parts
    }
    for source, paths, options in sample_runs():
        again = ingest(lake.settings, source, paths, options=options)
        assert again.exit_status == 0
        assert {s["status"] for s in again.snapshots} == {"nothing_new"}
    assert build(lake.settings)["status"] == "nothing new"
    after = {
        p: p.stat().st_mtime_ns
        for p in folder.rglob("*")
        if p.is_file() and "_locks" not in p.parts and "raw" not in p.parts
    }
    assert after == before


@pytest.mark.parametrize("content", ["", "address\n"])
def test_nothing_ends_a_trace_whose_services_are_none(
    lake: Lake, tmp_path: Path, content: str
) -> None:
    services = tmp_path / "services.csv"
    services.write_text(content)
    seeds = SAMPLES / "truth" / "trace_seeds.csv"
    done = trace(lake.settings, seeds=seeds, services=services, policies=["fifo"], seed_funds="all")
    books = done["policies"]["fifo"]
    assert books["services_hit"] == 0
    assert set(books["sunk"].values()) == set(books["residual"].values()) == {"0"}
    assert any(int(held) > 0 for held in books["held"].values())
