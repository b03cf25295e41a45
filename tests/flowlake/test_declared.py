"""What a source's declaration means to its DAG."""

from dataclasses import replace

import pytest
from jsonschema import ValidationError, validate

from flowlake.declared import documentation, fields, schedule
from flowlake.settings import Settings
from transforms.errors import LakeError
from transforms.sources.registry import source, sources_of


def live(monkeypatch: pytest.MonkeyPatch, value: str) -> dict[str, str | None]:
    monkeypatch.setenv("FLOWLAKE_LIVE", value)
    return {s.name: schedule(s, Settings.from_env()) for s in sources_of()}


def test_no_source_is_fetched_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(live(monkeypatch, "").values()) == {None}


def test_a_source_that_is_named_keeps_its_cadence(monkeypatch: pytest.MonkeyPatch) -> None:
    found = live(monkeypatch, "ofac_sdn, ofac_cons")
    assert {n for n, cron in found.items() if cron} == {"ofac_sdn", "ofac_cons"}
    assert found["ofac_sdn"] == source("ofac_sdn").cadence


def test_all_means_all_that_are_published_live_for_everybody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    everybodys = {s.name: None if s.is_noncommercial else s.cadence for s in sources_of()}
    assert everybodys["opensanctions"] is None
    assert live(monkeypatch, "all") == everybodys


def test_a_noncommercial_source_is_fetched_where_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for value in ("opensanctions", "all,opensanctions"):
        found = live(monkeypatch, value)
        assert found["opensanctions"] == source("opensanctions").cadence


@pytest.mark.parametrize("value", ["ofac", "tagpack", "all,ofac", "true"])
def test_a_name_that_cannot_be_live_is_refused_with_those_that_can(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    with pytest.raises(LakeError, match=r"FLOWLAKE_LIVE: .* cannot be fetched live; .*ofac_sdn"):
        live(monkeypatch, value)


def test_only_a_source_with_urls_may_be_triggered_without_files() -> None:
    for s in sources_of():
        paths = fields(s)["paths"]
        schema = {k: v for k, v in paths.items() if k != "default"}
        validate(["a (1).csv", "Ünterlagen/sdn.csv"], schema)
        if s.urls:
            validate([], schema)
            validate(None, schema)
        else:
            with pytest.raises(ValidationError):
                validate([], schema)
        for hostile in ("a\0b", "a\nb", "", "x" * 301):
            with pytest.raises(ValidationError):
                validate([hostile], schema)


def test_a_form_asks_for_the_options_of_its_source_and_no_others() -> None:
    every = {"paths", "date", "accept", "accepted_by"}
    assert set(fields(source("ofac_sdn"))) == {*every, "part"}
    assert set(fields(source("ethereum_etl"))) == {*every, "chain"}
    mapping = fields(source("mapped_csv"))["mapping"]
    assert mapping["type"] == "string", "a CSV of unknown columns cannot be read without it"


def test_the_documentation_says_where_a_source_comes_from_and_how_often() -> None:
    text = documentation(source("ofac_sdn"))
    declared = source("ofac_sdn")
    for said in (declared.publisher, declared.page, declared.licence, declared.cadence or ""):
        assert said in text
    assert "drop files" in documentation(replace(declared, cadence=None))
    assert "`all` leaves it out" in documentation(source("opensanctions"))
    assert "`all` leaves it out" not in text
