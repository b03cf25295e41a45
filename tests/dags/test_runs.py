"""Runs of DAGs: which state they end in, what they trigger, and what is tried again."""

from typing import Any

import pytest

pytestmark = pytest.mark.airflow


def states(run: dict[str, Any]) -> dict[str, str]:
    return {name: task["state"] for name, task in run["tasks"].items()}


def test_a_refused_file_fails_the_run_and_the_others_are_built_all_the_same(
    ran: dict[str, Any],
) -> None:
    run = ran["one of two files is bad"]
    assert run["state"] == "failed"
    assert run["events"] == ["staged_tagpack"]
    assert states(run)["publish"] == "success"
    assert states(run)["sum_up"] == "failed"


def test_what_is_published_already_ends_well_and_triggers_nothing(ran: dict[str, Any]) -> None:
    run = ran["the good one again"]
    assert run["state"] == "success"
    assert run["events"] == []
    assert states(run)["publish"] == "skipped"


def test_a_run_that_published_nothing_triggers_nothing(ran: dict[str, Any]) -> None:
    run = ran["the bad one alone"]
    assert run["state"] == "failed"
    assert run["events"] == []


def test_a_refusal_is_final(ran: dict[str, Any]) -> None:
    for name in ("one of two files is bad", "the bad one alone", "a way out", "days"):
        failed = [t for t in ran[name]["tasks"].values() if t["state"] == "failed"]
        assert [t["tries"] for t in failed] == [1], name


def test_a_path_out_of_the_drop_folder_is_refused_before_anything_is_read(
    ran: dict[str, Any],
) -> None:
    assert ran["a way out"]["state"] == "failed"
    assert states(ran["a way out"])["fetch"] == "failed"


def test_a_refused_day_fails_the_run_and_no_other_day(ran: dict[str, Any]) -> None:
    run = ran["days"]
    assert states(run)["ingest_days"] == "failed"
    assert run["state"] == "failed"
    assert run["ledger"] == [
        ["labels_2025-01-01", "published"],
        ["days/labels_2025-01-02.yaml", "refused"],
        ["labels_2025-01-03", "published"],
    ]


def test_a_backfill_is_built_once_whatever_became_of_some_days(ran: dict[str, Any]) -> None:
    assert ran["days"]["events"] == ["staged_tagpack"]
    assert states(ran["days"])["announce"] == "success"


def test_what_was_judged_has_its_pages(ran: dict[str, Any]) -> None:
    assert ran["pages"] > 3


def test_a_range_without_files_fails(ran: dict[str, Any]) -> None:
    run = ran["days without files"]
    assert (run["state"], states(run)["plan"], run["events"]) == ("failed", "failed", [])


def test_dropped_files_of_any_source_are_built_though_one_is_nobodys(ran: dict[str, Any]) -> None:
    run = ran["files of any source"]
    assert (run["state"], states(run)["ingest_files"]) == ("failed", "failed")
    assert sorted(run["events"]) == ["staged_prices_csv", "staged_tagpack"]
    assert {status for _, status in run["ledger"]} == {"published"}
