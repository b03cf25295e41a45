"""What was given becomes batches: the right files together, in order, each of its day."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from flowlake.dating import date_in_name, without_day
from flowlake.planning import Given, Group, files_in, group, natural
from tests.flowlake.fetching import made
from transforms.sources import registry
from transforms.sources.base import Grouping, Source

LIST = registry.source("ofac_sdn")
SLOTS = registry.source("gdelt_gkg")
ARTICLES = registry.source("articles")


def given(*names: str) -> list[Given]:
    return [Given(n, Path(n), f"/in/{n}", f"/in/{Path(n).parent}") for n in names]


def planned(source: Source, *names: str, day: date | None = None) -> list[list[str]]:
    """File names of each batch, in order."""
    return [[f.name for f in g.files] for g in group(source, given(*names), day)]


# ── days in names ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "day", "basis"),
    [
        ("sdn_2023-01-05.csv", "2023-01-05", "name"),
        ("012_2021-09-03T1851_ab12.csv", "2021-09-03", "name"),
        ("sdn_2023-05-23/sdn.csv", "2023-05-23", "name"),
        ("lists/2023-05-23/sdn/sdn.csv", "2023-05-23", "name"),
        ("2022-01-01/sdn_2023-05-23.csv", "2023-05-23", "name"),
        ("20230702153000.gkg.csv.zip", "2023-07-02", "name"),
        ("202307021530.csv", "2023-07-02", "name"),
        ("sdn_20230105.csv", "2023-01-05", "name"),
        ("sdn.2023.01.05.xml", "2023-01-05", "name"),
        ("sdn_2023_01_05.xml", "2023-01-05", "name"),
        ("un_2025-08-16_CONTROLCHARS.xml", "2025-08-16", "name"),
        ("2024-02-29.csv", "2024-02-29", "name"),
        ("ofac_sdn_csv_2021-07/sdn.csv", "2021-07-01", "name_month"),
        ("2021-07/sdn_2021-08-09.csv", "2021-08-09", "name"),
        ("lists_2021-08_2022-12.tar.xz/001_2021-08-18T0939_f2dad11.csv", "2021-08-18", "name"),
    ],
)
def test_a_day_is_read_from_a_name(name: str, day: str, basis: str) -> None:
    assert date_in_name(name) == (date.fromisoformat(day), basis)


@pytest.mark.parametrize(
    "name",
    [
        "sdn.csv",
        "2023-02-30.csv",
        "2023-13-01.csv",
        "1823-01-05.csv",
        "transactions_03300000_03399999_small.csv.gz",
        "120230105.csv",
        "202301051.csv",
        "2023-0105.csv",
        "sdn_xml_s3_NoSuchKey_2025.xml",
        "２０２３-01-05.csv",
        "",
    ],
)
def test_a_number_that_is_no_day_gives_none(name: str) -> None:
    assert date_in_name(name) is None


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("sdn_2023-01-05.csv", "sdn.csv"),
        ("2023-01-05_sdn.csv", "sdn.csv"),
        ("sdn_comments-20230105.csv", "sdn_comments.csv"),
        ("sdn.csv", "sdn.csv"),
    ],
)
def test_a_name_is_known_without_its_day(name: str, rest: str) -> None:
    assert without_day(name) == rest


# ── batches ─────────────────────────────────────────────────────────────────────────────────────


def test_the_files_of_a_set_are_one_batch_whatever_their_case() -> None:
    names = ("d/Sdn.CSV", "d/alt.csv", "d/ADD.csv", "d/sdn_comments.csv", "d/other.csv")
    assert planned(LIST, *names) == [
        ["d/ADD.csv", "d/Sdn.CSV", "d/alt.csv", "d/sdn_comments.csv"],
        ["d/other.csv"],
    ]


def test_packed_files_are_of_the_set_too() -> None:
    assert planned(LIST, "d/sdn.csv.gz", "d/alt.csv") == [["d/alt.csv", "d/sdn.csv.gz"]]


def test_each_folder_has_its_own_set() -> None:
    names = ("x_2023-05-23/sdn.csv", "x_2023-05-23/alt.csv", "x_2021-01-01/sdn.csv")
    assert planned(LIST, *names) == [
        ["x_2021-01-01/sdn.csv"],
        ["x_2023-05-23/alt.csv", "x_2023-05-23/sdn.csv"],
    ]


def test_a_folder_of_dated_sets_is_a_batch_a_day() -> None:
    names = ("sdn_2023-01-05.csv", "alt_2023-01-05.csv", "sdn_2023-01-04.csv", "sdn_2023-01.csv")
    assert planned(LIST, *(f"d/{n}" for n in names)) == [
        ["d/sdn_2023-01.csv"],
        ["d/sdn_2023-01-04.csv"],
        ["d/alt_2023-01-05.csv", "d/sdn_2023-01-05.csv"],
    ]


def test_folders_of_one_name_do_not_mix(tmp_path: Path) -> None:
    a = made(tmp_path / "a" / "list", "sdn.csv")
    b = made(tmp_path / "b" / "list", "sdn.csv", "alt.csv")
    files = [*files_in(LIST, a), *files_in(LIST, b)]
    assert sorted(len(g.files) for g in group(LIST, files, None)) == [1, 2]


def test_versions_of_one_day_come_in_the_order_of_their_names() -> None:
    names = ("10_2021-09-03T2000.csv", "9_2021-09-03T1851.csv", "11_2021-09-02.csv")
    assert planned(LIST, *(f"d/{n}" for n in names)) == [
        ["d/11_2021-09-02.csv"],
        ["d/9_2021-09-03T1851.csv"],
        ["d/10_2021-09-03T2000.csv"],
    ]


def test_files_without_a_day_come_first() -> None:
    assert planned(LIST, "d/a_2021-09-03.csv", "d/b.csv") == [["d/b.csv"], ["d/a_2021-09-03.csv"]]


def test_the_given_day_wins_over_names() -> None:
    (batch,) = group(LIST, given("d/sdn_2021-09-03.csv"), date(2025, 8, 27))
    assert (batch.date, batch.date_basis) == (date(2025, 8, 27), "option")


def test_all_files_of_a_run_can_be_one_batch_without_a_day() -> None:
    (batch,) = group(ARTICLES, given("n/b_2025-08-27.txt", "n/a_2025-08-28.txt", "m/a.txt"), None)
    assert [f.name for f in batch.files] == ["m/a.txt", "n/a_2025-08-28.txt", "n/b_2025-08-27.txt"]
    assert batch.date is None


def test_a_folder_can_be_one_batch() -> None:
    source = replace(LIST, grouping=Grouping.FOLDER)
    assert planned(source, "a/x.csv", "b/y.csv", "a/z.csv") == [["a/x.csv", "a/z.csv"], ["b/y.csv"]]


def test_checksums_go_with_every_file_beside_them_and_with_no_other() -> None:
    names = ("d/20250827160000.gkg.csv.zip", "d/20250827161500.gkg.csv.zip", "d/lastupdate.txt")
    groups = group(SLOTS, given(*names, "e/20250827163000.gkg.csv.zip"), None)
    beside = {g.files[0].base: [s.name for s in g.sidecars] for g in groups}
    assert beside == {
        "20250827160000.gkg.csv.zip": ["d/lastupdate.txt"],
        "20250827161500.gkg.csv.zip": ["d/lastupdate.txt"],
        "20250827163000.gkg.csv.zip": [],
    }


def test_a_file_given_twice_is_one_file(tmp_path: Path) -> None:
    folder = made(tmp_path / "d", "a.csv", "b.csv")
    files = [*files_in(LIST, folder), *files_in(LIST, folder / "a.csv")]
    assert [len(g.files) for g in group(LIST, files, None)] == [1, 1]


def test_two_files_of_one_name_are_refused_and_cost_no_other() -> None:
    twice = [Given("a.zip/x.csv", Path(n), f"/a.zip!/{n}", "/a.zip!/.") for n in ("1", "2")]
    refused, good = group(LIST, [*twice, *given("d/a.csv")], None)
    assert "expected one file of this name, found two" in str(refused.refusal)
    assert good.refusal is None


def test_order_takes_numbers_for_numbers_however_long() -> None:
    names = ["x10", "x9", "x" + "9" * 5_000, "x010", "²", "x³", "٣"]
    assert sorted(names, key=natural) == ["x9", "x10", "x010", "x" + "9" * 5_000, "x³", "²", "٣"]


def test_a_batch_is_called_by_its_file_or_its_folder() -> None:
    assert Group(tuple(given("d/a.csv")), None, "none").label == "d/a.csv"
    assert Group(tuple(given("d/a.csv", "d/b.csv")), None, "none").label == "d"
