"""What a path stands for: its files by name, none of them out of it, none hidden."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from flowlake.planning import files_in, group, is_archive, wanted
from tests.flowlake.fetching import made
from transforms.errors import InputRefused
from transforms.sources import registry
from transforms.sources.base import Grouping, Source

LIST = registry.source("ofac_sdn")
SLOTS = registry.source("gdelt_gkg")


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


def test_an_export_with_a_folder_for_each_kind_of_file_is_one_batch_per_part(
    tmp_path: Path,
) -> None:
    source = registry.source("ethereum_etl")
    made(
        tmp_path / "out",
        "receipts/start_block=00000000/end_block=00000009/receipts_00000000_00000009.csv",
        "transactions/start_block=00000000/end_block=00000009/transactions_00000000_00000009.csv",
        "transactions/start_block=00000010/end_block=00000019/transactions_00000010_00000019.csv",
        "date=2023-04-12/Logs/part-0.csv",
        "date=2023-04-12/token_transfers/part-0.csv",
        "other/blocks.csv",
    )
    groups = group(source, list(files_in(source, tmp_path / "out")), None)
    assert [[f.name.split("/")[1] for f in g.files] for g in groups] == [
        ["date=2023-04-12", "date=2023-04-12"],
        ["other"],
        ["receipts", "transactions"],
        ["transactions"],
    ]
    assert all(g.refusal is None for g in groups)


@pytest.mark.parametrize(
    ("name", "kinds", "suffix"),
    [
        ("tron", ("blocks", "token_transfers", "trc10"), "csv"),
        ("bitcoin_etl", ("blocks", "enriched_transactions", "transactions"), "json"),
    ],
)
def test_other_exporters_have_a_folder_for_each_kind_of_file_too(
    tmp_path: Path, name: str, kinds: tuple[str, ...], suffix: str
) -> None:
    source = registry.source(name)
    made(tmp_path / "out", *(f"{kind}/{part}.{suffix}" for kind in kinds for part in (1, 2)))
    (found,) = group(source, list(files_in(source, tmp_path / "out")), None)
    assert len(found.files) == 6


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
