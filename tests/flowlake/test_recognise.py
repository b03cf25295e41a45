"""Files are sorted to their sources by what they hold, not by what they are called."""

import bz2
import gzip
import json
import lzma
import zipfile
from pathlib import Path
from typing import Any

import pytest

from flowlake.recognise import recognise
from transforms.sources.registry import sources_of

FIXTURES = Path(__file__).parents[1] / "fixtures"
KNOWN = {s.name for s in sources_of() if s.headers}
CASES = sorted(
    p.parent
    for p in FIXTURES.glob("*/*/input")
    if p.parts[-3] in KNOWN and not (p.parent / "refused.txt").exists()
)
# What their files hold does not tell, so somebody must: a list without a header under another name.
UNTOLD = {"ofac_sdn/csv_alone", "ofac_sdn/csv_alone_gzip"}

TRANSFERS = (
    "token_address,from_address,to_address,value,transaction_hash,log_index,block_number\n"
    f"0x{1:040x},0x{2:040x},0x{3:040x},4,0x{5:064x},6,7\n"
)


@pytest.mark.parametrize("case", CASES, ids=lambda p: f"{p.parent.name}-{p.name}")
def test_every_case_is_recognised_as_its_source(case: Path) -> None:
    source = case.parent.name
    found = recognise([str(case / "input")])
    assert set(found.files) <= {source}, found
    if f"{source}/{case.name}" in UNTOLD:
        assert found.problems
    else:
        # OFAC's two lists look alike inside; what cannot be told is said, and never mistaken.
        assert all("fits ofac_cons and ofac_sdn" in p for p in found.problems)


def test_files_are_told_apart_whatever_they_are_called(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TRANSFERS)
    (tmp_path / "b.bin").write_bytes(
        gzip.compress(b"asset,price_date,price_usd\nusd,2023-01-01,1\n")
    )
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as packed:
        packed.writestr("x/y.dat", '<?xml version="1.0"?><!-- x --><CONSOLIDATED_LIST a="1"/>')
    found = recognise([str(tmp_path)])
    assert {s: [Path(p).name for p in paths] for s, paths in found.files.items()} == {
        "ethereum_etl": ["a.txt"],
        "prices_csv": ["b.bin"],
        "un_sc": ["c.zip"],
    }
    assert not found.problems


def test_folders_of_one_export_tell_of_each_other(tmp_path: Path) -> None:
    for kind in ("token_transfers", "logs"):
        (tmp_path / kind / "start_block=0").mkdir(parents=True)
    (tmp_path / "token_transfers" / "start_block=0" / "a.csv").write_text(TRANSFERS)
    (tmp_path / "logs" / "start_block=0" / "b.csv").touch()
    found = recognise([str(tmp_path)])
    assert {s: len(paths) for s, paths in found.files.items()} == {"ethereum_etl": 2}
    assert not found.problems


def test_what_a_source_would_not_take_out_of_an_archive_tells_nothing_of_it(
    tmp_path: Path,
) -> None:
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("export/token_transfers.csv", TRANSFERS)
        archive.writestr("export/README.txt", "hello")
        archive.writestr("export/_SUCCESS", "")
        archive.writestr("__MACOSX/export/._token_transfers.csv", b"\0\5\x16\7")
    assert recognise([str(packed)]).files == {"ethereum_etl": [str(packed)]}
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("export/other.csv", "a,b\n1,2\n")
    (problem,) = recognise([str(packed)]).problems
    assert "which also has ;" not in problem


def test_the_files_name_tells_ofacs_lists_apart(tmp_path: Path) -> None:
    for name in ("SDN_ADVANCED.XML", "cons_advanced_2020-03-17.xml", "list.xml"):
        (tmp_path / name).write_text("<Sanctions></Sanctions>")
    found = recognise([str(tmp_path)])
    assert {s: Path(p[0]).name for s, p in found.files.items()} == {
        "ofac_sdn": "SDN_ADVANCED.XML",
        "ofac_cons": "cons_advanced_2020-03-17.xml",
    }
    (problem,) = found.problems
    assert "list.xml: fits ofac_cons and ofac_sdn; say which, as in flowlake ingest" in problem


def test_a_list_without_a_header_is_known_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "sdn_2023-01-05.csv").write_text('36,"AEROCARIBBEAN AIRLINES",-0- ,"CUBA"\n')
    assert set(recognise([str(tmp_path)]).files) == {"ofac_sdn"}


def test_blocks_go_with_the_transactions_beside_them(tmp_path: Path) -> None:
    blocks = "number,hash,timestamp,transaction_count\n1,0x1,1683029999,0\n"
    (tmp_path / "blocks.csv").write_text(blocks)
    lone = recognise([str(tmp_path)])
    assert not lone.files
    assert "fits bigquery_ethereum and ethereum_etl and tron" in lone.problems[0]
    (tmp_path / "transfers.csv").write_text(TRANSFERS)
    (tmp_path / "transactions.csv").touch()
    found = recognise([str(tmp_path)])
    assert {s: len(p) for s, p in found.files.items()} == {"ethereum_etl": 3}


TRON, TRON_HEX, EVM = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", f"41{7:040x}", f"0x{7:040x}"


def _transfers(*accounts: str, columns: str = "") -> str:
    """Token transfers as both exporters write them, one of each account to itself."""
    more = ",1700000000,0x1" if columns else ""
    rows = (f"{a},{a},{a},4,{5:064x},{n},7{more}\n" for n, a in enumerate(accounts))
    return TRANSFERS.splitlines()[0] + f"{columns}\n" + "".join(rows)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        pytest.param(text, source, id=name)
        for name, text, source in (
            ("base58", _transfers(TRON), "tron"),
            ("hex", _transfers(TRON_HEX), "tron"),
            ("bare 20 bytes once", _transfers(TRON, TRON_HEX, EVM), "tron"),
            ("a data set", _transfers(TRON, columns=",block_timestamp,block_hash"), "tron"),
            ("Ethereum's", _transfers(EVM), "ethereum_etl"),
            ("a faulty one of Ethereum's", _transfers(EVM, EVM, TRON), "ethereum_etl"),
            ("witness", f"number,hash,timestamp,miner\n1,{1:064x},1,{TRON}\n", "tron"),
            ("hash", f"number,hash,timestamp\n1,{1:064x},1700000000\n", "tron"),
            ("milliseconds", "number,hash,timestamp\n1,,1700000000000\n", "tron"),
            ("tokens", f"address,symbol,decimals\n{TRON},USDT,6\n", "tron"),
        )
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_accounts_tell_where_columns_are_alike(
    tmp_path: Path, text: str, source: str, suffix: str
) -> None:
    path = tmp_path / f"export{suffix}"
    path.write_bytes(gzip.compress(text.encode()) if suffix.endswith("gz") else text.encode())
    found = recognise([str(path)])
    assert set(found.files) == {source}, found.problems


@pytest.mark.parametrize("rows", [(), (EVM, TRON)], ids=["no rows", "rows of both"])
def test_what_no_account_tells_names_the_candidates(tmp_path: Path, rows: tuple[str, ...]) -> None:
    (tmp_path / "token_transfers.csv").write_text(_transfers(*rows))
    found = recognise([str(tmp_path)])
    assert not found.files
    assert "fits ethereum_etl and tron; say which" in found.problems[0]
    # What lies beside it tells.
    (tmp_path / "tokens.csv").write_text(f"address,symbol,decimals\n{TRON},USDT,6\n")
    assert set(recognise([str(tmp_path)]).files) == {"tron"}


def test_an_export_of_either_chain_beside_the_others_is_not_mixed(tmp_path: Path) -> None:
    (tmp_path / "token_transfers.csv").write_text(_transfers(EVM))
    (tmp_path / "tokens.csv").write_text(f"address,symbol,decimals\n{TRON},USDT,6\n")
    found = recognise([str(tmp_path)])
    assert not found.files
    assert "its files fit ethereum_etl and tron; say which" in found.problems[0]


def test_exports_that_nobody_takes_for_each_other_may_lie_in_one_folder(tmp_path: Path) -> None:
    for case in ("bitquery/bitcoin", "solana/bitquery", "tron/bitquery_transfers"):
        for path in (FIXTURES / case / "input").iterdir():
            (tmp_path / f"{case.split('/')[0]}_{path.name}").write_bytes(path.read_bytes())
    found = recognise([str(tmp_path)])
    assert set(found.files) == {"bitquery", "solana", "tron"}
    assert not found.problems


@pytest.mark.parametrize("text", ['""\n', "\ufeff\r\n", ""])
def test_a_table_without_columns_goes_with_what_lies_beside_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "index.csv").write_text(text)
    assert "0 bytes or no column names" in recognise([str(tmp_path)]).problems[0]
    (tmp_path / "binance.csv").write_text(",Address,Name Tag,Balance,Txn Count\n")
    found = recognise([str(tmp_path)])
    assert {s: len(p) for s, p in found.files.items()} == {"label_csv": 2}


@pytest.mark.parametrize("pack", [gzip, bz2, lzma], ids=lambda m: m.__name__)
def test_a_pack_of_tags_is_recognised_however_it_is_compressed(tmp_path: Path, pack: Any) -> None:
    suffix = {"gzip": "gz", "bz2": "bz2", "lzma": "xz"}[pack.__name__]
    path = tmp_path / f"tags.yaml.{suffix}"
    path.write_bytes(pack.compress(b"title: t\ncreator: c\ntags: []\n"))
    assert set(recognise([str(path)]).files) == {"tagpack"}


def test_an_unknown_file_names_what_was_found_and_the_nearest_form(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(TRANSFERS.replace("log_index,", "").replace(",6,", ","))
    (problem,) = recognise([str(path)]).problems
    assert "no known format; found csv with token_address, from_address" in problem
    assert "nearest is ethereum_etl, which also has log_index" in problem
    assert "--mapping" in problem


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "0 bytes"),
        (b"PAR1broken", "expected a whole Parquet file"),
        (b"\x1f\x8b\x08broken", "expected whole compressed bytes"),
        (b"<html><body>404</body></html>", "found xml with <html>"),
        (b"just words\nand more\n", "found csv with no names"),
        (b"{broken", "found json with no names"),
        (json.dumps({"message": "NOTOK"}).encode(), "found json with message"),
        (b"\0" * 100, "no known format"),
    ],
)
def test_what_is_no_known_file_is_told(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    found = recognise([str(path)])
    assert not found.files
    assert words in found.problems[0]


def test_what_is_not_there_and_what_is_a_url_are_told(tmp_path: Path) -> None:
    found = recognise([str(tmp_path / "none"), "https://example.org/sdn.csv"])
    assert [("no such" in p, "URL" in p) for p in found.problems] == [(True, False), (False, True)]
