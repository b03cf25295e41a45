"""What was given becomes batches: the right files together, in order, each of its day."""

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from flowlake.dating import date_in_name, without_day
from flowlake.planning import Given, Group, files_in, group, is_archive, natural, wanted
from transforms.errors import InputRefused
from transforms.sources import registry
from transforms.sources.base import Grouping, Source

LIST = registry.source("ofac_sdn")
SLOTS = registry.source("gdelt_gkg")
ARTICLES = registry.source("articles")


def made(root: Path, *names: str) -> Path:
    """A folder with these files."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return root


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


# ── folders ─────────────────────────────────────────────────────────────────────────────────────


def test_a_folder_is_walked_in_order_without_what_is_hidden(tmp_path: Path) -> None:
    made(
        tmp_path / "in",
        "b/sdn.csv",
        "a/alt.CSV",
        "a/readme.md",
        ".git/x.csv",
        "a/.x.csv",
        "__MACOSX/a/sdn.csv",
        "old.tar.xz",
        "a/b.csv.gz",
    )
    names = [f.name for f in files_in(LIST, tmp_path / "in")]
    assert names == ["in/a/alt.CSV", "in/a/b.csv.gz", "in/b/sdn.csv", "in/old.tar.xz"]


def test_a_file_is_called_by_its_folder_and_name(tmp_path: Path) -> None:
    made(tmp_path / "sdn_2023-05-23", "sdn.csv")
    (file,) = files_in(LIST, tmp_path / "sdn_2023-05-23" / "sdn.csv")
    assert file.name == "sdn_2023-05-23/sdn.csv"


def test_a_single_file_of_another_kind_is_the_callers_choice(tmp_path: Path) -> None:
    made(tmp_path, "export")
    assert len(list(files_in(LIST, tmp_path / "export"))) == 1


@pytest.mark.parametrize("name", ["absent.csv", "absent/sdn.csv", "nul\0.csv", "x" * 300])
def test_a_path_that_leads_nowhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputRefused, match="no such file or folder"):
        list(files_in(LIST, tmp_path / name))


def test_a_folder_with_nothing_of_the_kind_is_refused(tmp_path: Path) -> None:
    made(tmp_path / "in", "notes.md", ".hidden.csv")
    with pytest.raises(InputRefused, match=r"1 files, none of this source's kind \(.csv, .xml\)"):
        list(files_in(LIST, tmp_path / "in"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputRefused, match="0 files"):
        list(files_in(LIST, tmp_path / "empty"))


def test_a_pipe_is_neither_file_nor_folder(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(InputRefused, match="expected a file or a folder"):
        list(files_in(LIST, tmp_path / "pipe.csv"))
    made(tmp_path, "sdn.csv")
    assert [f.base for f in files_in(LIST, tmp_path)] == ["sdn.csv"]


def test_what_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path / "in", "sdn.csv")
    # Tests may run as root, who may read everything.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputRefused, match="cannot be read"):
        list(files_in(LIST, tmp_path / "in" / "sdn.csv"))
    (found,) = files_in(LIST, tmp_path / "in")
    assert found.fault == "ofac_sdn in/sdn.csv: cannot be read (permission denied)"


@pytest.mark.parametrize("grouping", Grouping)
def test_only_a_set_is_refused_for_one_file_that_may_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, grouping: Grouping
) -> None:
    made(tmp_path / "in", "sdn.csv", "alt.csv")
    monkeypatch.setattr(os, "access", lambda path, _: "alt" not in str(path))
    source = replace(LIST, grouping=grouping)
    groups = group(source, list(files_in(source, tmp_path / "in")), None)
    is_set = grouping is Grouping.NAMED_SET
    assert [g.refusal is not None for g in groups] == ([True] if is_set else [True, False])


def test_links_within_the_folder_are_files_of_it(tmp_path: Path) -> None:
    made(tmp_path / "in", "real/sdn.csv")
    (tmp_path / "in" / "alt.csv").symlink_to("real/sdn.csv")
    (tmp_path / "in" / "again").symlink_to("real")
    names = [f.name for f in files_in(LIST, tmp_path / "in")]
    assert names == ["in/alt.csv", "in/real/sdn.csv"]


@pytest.mark.parametrize("target", ["../outside.csv", "../elsewhere", "/etc/hostname", "nowhere"])
def test_links_out_of_the_folder_are_refused(tmp_path: Path, target: str) -> None:
    made(tmp_path, "outside.csv", "elsewhere/sdn.csv", "in/sdn.csv")
    (tmp_path / "in" / "x.csv").symlink_to(target)
    with pytest.raises(InputRefused, match=r"the link .*x\.csv leads (out of|nowhere)"):
        list(files_in(LIST, tmp_path / "in"))


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").symlink_to("x.csv")
    for path in (tmp_path, tmp_path / "x.csv"):
        with pytest.raises(InputRefused, match=r"leads nowhere|no such file"):
            list(files_in(LIST, path))


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        (LIST, "SDN_XML.ZIP", True),
        (LIST, "a.tar.xz", True),
        (LIST, "a.tgz", True),
        (LIST, "sdn.csv.gz", False),
        (SLOTS, "20250827160000.gkg.csv.zip", False),
        (SLOTS, "slots.zip", True),
    ],
)
def test_an_archive_is_taken_apart_unless_it_is_the_sources_own_form(
    source: Source, name: str, expected: bool
) -> None:
    assert is_archive(source, name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.csv", True), ("A.XML", True), ("a.csv.GZ", True), ("a.csv.xz", True), ("a.txt", False)],
)
def test_a_files_kind_is_told_by_its_name(name: str, expected: bool) -> None:
    assert wanted(LIST, name) is expected
