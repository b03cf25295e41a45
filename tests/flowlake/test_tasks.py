"""What a task answers to Airflow: skip, fail for good, or try again."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from flowlake import backfill, tasks
from flowlake.download import Limits
from flowlake.ingest import Ingested
from flowlake.runs import Run
from transforms.errors import GateFailed, InputRefused, NoSpace
from transforms.sources.base import Source

pytestmark = pytest.mark.airflow

NOTHING = {"paths": [], "date": None}


@pytest.fixture(autouse=True)
def drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    monkeypatch.setenv("FLOWLAKE_DROP", str(folder))
    monkeypatch.setenv("FLOWLAKE_LAKE", str(tmp_path / "lake"))
    return folder


def for_good() -> type[Exception]:
    from airflow.sdk.exceptions import AirflowFailException

    failure: type[Exception] = AirflowFailException
    return failure


def skip() -> type[Exception]:
    from airflow.sdk.exceptions import AirflowSkipException

    skipped: type[Exception] = AirflowSkipException
    return skipped


def test_a_misspelt_name_fails_at_once_and_shows_what_is_there(drop: Path) -> None:
    (drop / "sanctions").mkdir()
    with pytest.raises(for_good(), match=r"'sanction': no such file .* which holds sanctions"):
        tasks.fetch("ofac_sdn", "run", {**NOTHING, "paths": ["sanction"]})
    (drop / "sanctions").rmdir()
    with pytest.raises(for_good(), match="which is empty"):
        tasks.fetch("ofac_sdn", "run", {**NOTHING, "paths": ["sanction"]})
    drop.rmdir()
    with pytest.raises(for_good(), match="which does not exist; FLOWLAKE_DROP names another"):
        tasks.fetch("ofac_sdn", "run", {**NOTHING, "paths": ["sanction"]})


def test_a_server_that_does_not_answer_is_asked_again(
    offered: Callable[..., Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    # One attempt: the pauses between five are tests/flowlake/test_download.py's.
    monkeypatch.setattr("flowlake.fetch.Limits", partial(Limits, attempts=1))
    offered("ofac_sdn", "https://127.0.0.1:1/sdn.csv")
    with pytest.raises(Exception, match=r"127\.0\.0\.1") as e:
        tasks.fetch("ofac_sdn", "run", NOTHING)
    assert not isinstance(e.value, for_good())


def test_an_option_that_is_no_plain_word_names_a_dropped_file(drop: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.toml").write_text("")
    (drop / "a.csv").write_text("")
    given = {**NOTHING, "paths": ["a.csv"], "mapping": "../secret.toml"}
    with pytest.raises(for_good(), match="outside the drop folder"):
        tasks.fetch("mapped_csv", "run", given)
    with pytest.raises(for_good(), match="outside the drop folder"):
        tasks.fetch("ethereum_etl", "run", {**given, "chain": "../secret.toml"})


@pytest.mark.parametrize("task", [tasks.stage, tasks.judge, tasks.publish, tasks.sum_up])
def test_a_task_of_a_run_that_has_ended_says_where_to_begin(task: Callable[[str], object]) -> None:
    with pytest.raises(for_good(), match="run gone has ended; clear the whole run, from fetch on"):
        task("gone")


def test_a_fetch_without_anything_new_leaves_nothing_to_sum_up() -> None:
    with pytest.raises(skip()):
        tasks.sum_up(None)


def test_days_are_those_of_which_a_file_is_there(drop: Path) -> None:
    for name in ("sdn_2025-03-02", "sdn_2025-03-01", "sdn_2025-04-01", "undated"):
        (drop / name).mkdir()
        (drop / name / "sdn.csv").write_text("")
    range_ = {"source": "ofac_sdn", "folder": ".", "first": "2025-03-01", "last": "2025-03-31"}
    assert backfill.plan_days(range_) == ["2025-03-01", "2025-03-02"]
    with pytest.raises(for_good(), match="those there run from 2025-03-01 to 2025-04-01"):
        backfill.plan_days({**range_, "first": "2025-05-01", "last": "2025-01-01"})


@pytest.fixture
def days(
    drop: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[list[str], dict[str, Any]]]:
    """Days whose ingest comes to what is given: what was ingested, and the parameters."""

    def planned(**comes_to: Exception | None) -> tuple[list[str], dict[str, Any]]:
        done: list[str] = []
        for day in comes_to:
            (drop / f"sdn_{day}").mkdir()
            (drop / f"sdn_{day}" / "sdn.csv").write_text("")

        def one(_settings: Any, _source: str, paths: list[str], **_: Any) -> Ingested:
            day = Path(paths[0]).parent.name.removeprefix("sdn_")
            done.append(day)
            if (failure := comes_to[day]) is not None:
                raise failure
            books = {"rows_read": 3, "rows_staged": 2, "rows_rejected": 1}
            snapshot = {"batch": day, "status": "published", "published": True, "warnings": {}}
            return Ingested("ofac_sdn", [{**snapshot, **books, "refused": []}], [])

        monkeypatch.setattr("flowlake.ingest.ingest", one)
        return done, {"source": "ofac_sdn", "folder": "."}

    return planned


def test_days_are_ingested_in_order(days: Callable[..., Any]) -> None:
    given = ["2025-03-01", "2025-03-02", "2025-03-03"]
    done, params = days(**dict.fromkeys(given))
    counts = backfill.ingest_days(given, "run", params)
    assert done == given
    assert counts == {"published": 3, "rows_read": 9, "rows_staged": 6, "rows_rejected": 3}


@pytest.mark.parametrize("refusal", [InputRefused("no list"), GateFailed("half is gone")])
def test_a_refused_day_is_final_and_the_next_one_goes_on(
    days: Callable[..., Any], refusal: Exception
) -> None:
    given = ["2025-03-01", "2025-03-02", "2025-03-03"]
    done, params = days(**{**dict.fromkeys(given), "2025-03-02": refusal})
    with pytest.raises(for_good(), match=f"1 of 3 days failed; 2025-03-02: {refusal}"):
        backfill.ingest_days(given, "run", params)
    assert done == given


def test_no_day_goes_before_one_that_has_another_try(days: Callable[..., Any]) -> None:
    given = ["2025-03-01", "2025-03-02", "2025-03-03"]
    done, params = days(**{**dict.fromkeys(given), "2025-03-02": NoSpace("the disk is full")})
    with pytest.raises(NoSpace):
        backfill.ingest_days(given, "run", params)
    assert done == given[:2]


def test_a_backfill_announces_what_its_days_published(drop: Path) -> None:
    samples = Path(__file__).resolve().parents[2] / "samples/labels/tagpack"
    pack = (samples / "sample_services.yaml").read_bytes()
    (drop / "labels_2025-03-01.yaml").write_bytes(pack)
    params = {"source": "tagpack", "folder": "."}
    run_id = "manual__2025-03-05T00:00:00+00:00"
    with pytest.raises(skip()):
        backfill.announce(run_id, params)
    backfill.ingest_days(["2025-03-01"], run_id, params)
    assert backfill.announce(run_id, params) == 1
    with pytest.raises(skip()):
        backfill.announce("manual__another", params)


def test_publishing_again_after_a_lost_answer_counts_the_same(
    drop: Path, caplog: pytest.LogCaptureFixture
) -> None:
    samples = Path(__file__).resolve().parents[2] / "samples/labels/tagpack"
    (drop / "pack.yaml").write_bytes((samples / "sample_services.yaml").read_bytes())
    run = tasks.fetch("tagpack", "run", {**NOTHING, "paths": ["pack.yaml"]})
    assert tasks.stage(run) == tasks.judge(run) == run
    assert tasks.publish(run) == tasks.publish(run) == 1
    with caplog.at_level(logging.INFO, "flowlake.tasks"):
        counts = tasks.sum_up(run)
    assert tasks.sum_up(run) == counts
    assert counts["published"] == 1
    assert counts["rows_read"] == counts["rows_staged"] + counts["rows_rejected"] > 0
    assert "tagpack pack: 7 read, 7 staged, 0 rejected: published" in caplog.text
    left = Run.of(tasks.Settings.from_env().storage, run).folder
    assert [p.name for p in left.iterdir()] == ["finished.json"]
