"""What a task answers to Airflow: skip, fail for good, or try again."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from flowlake import tasks
from flowlake.runs import Run
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
    offered: Callable[..., Source],
) -> None:
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
    assert tasks.plan_days(range_) == ["2025-03-01", "2025-03-02"]
    with pytest.raises(for_good(), match="those there run from 2025-03-01 to 2025-04-01"):
        tasks.plan_days({**range_, "first": "2025-05-01", "last": "2025-01-01"})


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
