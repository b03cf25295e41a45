"""Settings come from the environment once, are checked there, and keep their secrets."""

from pathlib import Path

import pytest

from flowlake.settings import USER_AGENT, Settings
from transforms.errors import LakeError


def test_defaults_are_here_and_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_env()
    assert settings.lake == str(tmp_path / "lake")
    assert settings.drop == tmp_path / "drop"
    assert (settings.memory_limit, settings.threads) == ("1GB", 2)
    assert list(tmp_path.iterdir()) == []  # reading settings makes no folder


@pytest.mark.parametrize(
    ("lake", "expected"),
    [
        ("/data/lake", "/data/lake"),
        ("/data/../lake/", "/lake"),
        ("file:///data/lake", "/data/lake"),
        ("s3://bucket/prefix", "s3://bucket/prefix"),
        ("~/lake", str(Path("~/lake").expanduser())),
    ],
)
def test_a_lake_is_a_path_or_a_bucket(
    monkeypatch: pytest.MonkeyPatch, lake: str, expected: str
) -> None:
    monkeypatch.setenv("FLOWLAKE_LAKE", lake)
    assert Settings.from_env().lake == expected
    monkeypatch.setenv("FLOWLAKE_LAKE", "/elsewhere")
    assert Settings.from_env(lake).lake == expected  # the option wins


@pytest.mark.parametrize("lake", ["http://x/y", "gs://bucket", "ftp://u:canary@x/y"])
def test_any_other_place_is_no_lake(lake: str) -> None:
    with pytest.raises(LakeError, match="a lake is a local path or s3://") as e:
        Settings.from_env(lake)
    assert "canary" not in str(e.value)


@pytest.mark.parametrize("value", ["1GB", "512 MB", "1.5GiB", "900mb"])
def test_a_memory_limit_is_as_duckdb_takes_it(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FLOWLAKE_MEMORY_LIMIT", value)
    assert Settings.from_env().memory_limit == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FLOWLAKE_MEMORY_LIMIT", "80%"),
        ("FLOWLAKE_MEMORY_LIMIT", "1GB'; attach 'x"),
        ("FLOWLAKE_THREADS", "0"),
        ("FLOWLAKE_THREADS", "-1"),
        ("FLOWLAKE_THREADS", "two"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(LakeError, match=name):
        Settings.from_env()


def test_the_user_agent_passes_the_gateways_we_know(monkeypatch: pytest.MonkeyPatch) -> None:
    assert USER_AGENT.startswith("Mozilla/5")
    assert len(USER_AGENT) >= 40
    monkeypatch.setenv("FLOWLAKE_USER_AGENT", "ours")
    assert Settings.from_env().user_agent == "ours"


def test_keys_of_a_bucket_are_passed_on_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("FLOWLAKE_SECRET", "canary")
    assert Settings.from_env("/lake").storage_options == {}
    settings = Settings.from_env("s3://bucket/prefix")
    assert settings.storage_options["AWS_SECRET_ACCESS_KEY"] == "canary"
    assert settings.storage_options["AWS_REGION"] == "eu-central-1"
    assert all(name.startswith("AWS_") for name in settings.storage_options)
    assert "canary" not in repr(settings)
    assert "canary" not in str(settings)
