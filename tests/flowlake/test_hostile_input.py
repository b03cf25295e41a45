"""Hostile files end in a reason that names source, file and record.

Every source is given what servers and people really sent in its place, through the verbs that
``flowlake ingest`` calls.
"""

import gzip
import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flowlake.runs import Run
from tests.flowlake.conftest import candidates, refusals
from tests.flowlake.good_files import GOOD, HTML, OPTIONS, given

S3_ERROR = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The specified '
    b"key does not exist.</Message><Key>SDN.XML</Key></Error>"
)


GENERAL: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "an HTML page": lambda _: HTML,
    "an error page of a store": lambda _: S3_ERROR,
    "zeros": lambda _: bytes(5_000),
    "noise": lambda _: b"\xff\xfe\xfd" + hashlib.shake_128(b"noise").digest(5_000),
    "a gzip that was cut": lambda good: gzip.compress(good)[:-20],
    "a gzip with a wrong checksum": lambda good: gzip.compress(good)[:-8] + bytes(8),
    "a gzip with more behind it": lambda good: gzip.compress(good) + b"more",
    "a gzip bomb": lambda _: gzip.compress(bytes(40_000_000), 9),
    "a bomb in a bomb": lambda _: gzip.compress(gzip.compress(bytes(40_000_000), 9)),
    "another encoding": lambda good: good.decode("utf-8", "replace").encode("utf-16"),
}
# A saved page is an article, and so is any text; XML and YAML say their encoding by a mark.
FINE = {("articles", "an HTML page"), ("articles", "an error page of a store")} | {
    (name, "another encoding") for name, good in GOOD.items() if good.suffix in (".xml", ".yaml")
}


@pytest.fixture
def refused(take: Callable[..., Run]) -> Callable[..., str]:
    """Reason why a source does not take a file, told quickly and with its name."""

    def run(source: str, path: Path, **options: str) -> str:
        started = time.process_time()
        done = take(source, path, **(options or OPTIONS.get(source, {})))
        assert time.process_time() - started < 2
        assert candidates(done) == {}
        (reason,) = refusals(done).values()
        assert reason.startswith(f"{source} ")
        assert reason.isprintable()
        assert len(reason) <= 2_000
        return reason

    return run


@pytest.mark.parametrize(
    ("source", "what"), [(s, w) for s in GOOD for w in GENERAL if (s, w) not in FINE]
)
def test_a_source_refuses_what_is_not_its_own(
    refused: Callable[..., str], tmp_path: Path, source: str, what: str
) -> None:
    path = given(tmp_path / "in", GOOD[source].name, GENERAL[what](GOOD[source].read_bytes()))
    assert path.name in refused(source, path)


# ── XML ─────────────────────────────────────────────────────────────────────────────────────────

LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"lol") for n in range(10)
)
XML: dict[str, tuple[bytes, str]] = {
    "billion laughs": (b"<!DOCTYPE x [%s]><sdnList>&l9;</sdnList>" % LAUGHS, "DOCTYPE"),
    "quadratic blowup": (
        b'<!DOCTYPE x [<!ENTITY a "%s">]><sdnList>%s</sdnList>' % (b"a" * 50_000, b"&a;" * 5_000),
        "DOCTYPE",
    ),
    "external entity": (
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><sdnList>&e;</sdnList>',
        "DOCTYPE",
    ),
    "parameter entity": (
        b'<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]><sdnList/>',
        "DOCTYPE",
    ),
    "foreign DTD": (b'<!DOCTYPE sdnList SYSTEM "http://127.0.0.1:1/x.dtd"><sdnList/>', "DOCTYPE"),
    "plain DOCTYPE": (b"<!DOCTYPE sdnList><sdnList></sdnList>", "DOCTYPE"),
    "no end": (b"<sdnList><publshInformation>", "XML"),
    "another end": (b"<sdnList></sdnlist>", "XML"),
    "two roots": (b"<sdnList></sdnList><sdnList></sdnList>", ""),
    "undeclared entity": (b"<sdnList>&lol;</sdnList>", "XML"),
    "control characters": (b"<sdnList>\x01\x02</sdnList>", "XML"),
    "another encoding than it says": (
        b'<?xml version="1.0" encoding="utf-8"?><sdnList><!-- \xe9\xff --></sdnList>',
        "XML",
    ),
    "an encoding nobody knows": (b'<?xml version="1.0" encoding="klingon"?><sdnList/>', "XML"),
    "very deep": (b"<sdnList>" + b"<a>" * 100_000, "XML"),
    "one endless text": (b"<sdnList>" + b"a" * 20_000_000, "XML"),
    "one endless attribute": (b'<sdnList a="' + b"a" * 20_000_000, "XML"),
}


@pytest.mark.parametrize("what", XML)
@pytest.mark.parametrize("source", ["ofac_sdn", "ofac_cons"])
def test_hostile_xml_is_refused(
    refused: Callable[..., str], tmp_path: Path, source: str, what: str
) -> None:
    body, says = XML[what]
    head = b"" if body.startswith(b"<?xml") else b'<?xml version="1.0"?>\n'
    reason = refused(source, given(tmp_path / "in", "list_2025-09-01.xml", head + body))
    assert "list_2025-09-01.xml" in reason
    assert says in reason


@pytest.mark.parametrize("part", [0.01, 0.3, 0.5, 0.9, 0.999, 0.99999])
def test_a_list_cut_anywhere_is_refused(
    refused: Callable[..., str], tmp_path: Path, part: float
) -> None:
    whole = GOOD["ofac_cons"].read_bytes().rstrip()
    cut = whole[: min(int(len(whole) * part), len(whole) - 1)]
    path = given(tmp_path / "in", "cons_2025-09-01.xml", cut)
    assert path.name in refused("ofac_cons", path)


# ── rows ────────────────────────────────────────────────────────────────────────────────────────


def lines(source: str, number: int) -> list[str]:
    return GOOD[source].read_text().splitlines()[:number]


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("ethereum_etl", "value"),
        ("mapped_csv", "Amount USD"),
        ("prices_csv", "price_usd"),
    ],
)
def test_a_missing_column_is_named(
    refused: Callable[..., str], tmp_path: Path, source: str, column: str
) -> None:
    rows = [line.split(",") for line in lines(source, 5)]
    gone = rows[0].index(column)
    body = "\n".join(",".join(c for i, c in enumerate(r) if i != gone) for r in rows)
    path = given(tmp_path / "in", GOOD[source].name, body.encode())
    reason = refused(source, path)
    assert column in reason
    assert path.name in reason


@pytest.mark.parametrize(
    "amount", ["-1", "-0.01", "abc", "", "1e", "0x", "NaN", "inf", "1;2", "１"]
)
@pytest.mark.parametrize(
    ("source", "column"),
    [("ethereum_etl", "value"), ("mapped_csv", "Amount USD"), ("prices_csv", "price_usd")],
)
def test_a_row_with_an_impossible_amount_is_rejected_with_its_line(
    tmp_path: Path, take: Callable[..., Run], source: str, column: str, amount: str
) -> None:
    rows = [line.split(",") for line in lines(source, 4)]
    rows[2][rows[0].index(column)] = amount
    path = given(tmp_path / "in", GOOD[source].name, "\n".join(map(",".join, rows)).encode())
    run = take(source, path, **OPTIONS.get(source, {}))
    assert refusals(run) == {}
    ((_, c),) = candidates(run).items()
    assert (c["rows_read"], c["rows_staged"], c["rows_rejected"]) == (3, 2, 1)
    (reject,) = rejects(c)
    assert (reject["line"], path.name in reject["file"]) == (3, True)
    assert reject["reason"]
    assert rows[2][0] in reject["raw"]


def rejects(candidate: Any) -> list[dict[str, Any]]:
    (file,) = (t["path"] for t in candidate["tables"] if t["table"] == "staged.rejects")
    return duckdb.read_parquet(file).to_arrow_table().to_pylist()


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("bad UTF-8", b"\xff\xfe\xe9,%s"),
        ("a NUL", b"a\0b,%s"),
        ("too many columns", b"%s,more,and,more"),
        ("too few columns", b"x"),
    ],
)
@pytest.mark.parametrize("source", ["ethereum_etl", "mapped_csv", "prices_csv"])
def test_a_broken_line_costs_itself_alone(
    tmp_path: Path, take: Callable[..., Run], source: str, what: str, line: bytes
) -> None:
    good = [row.encode() for row in lines(source, 4)]
    body = [*good[:2], line.replace(b"%s", good[2]), good[3], b""]
    path = given(tmp_path / "in", GOOD[source].name, b"\n".join(body))
    run = take(source, path, **OPTIONS.get(source, {}))
    assert refusals(run) == {}
    ((_, c),) = candidates(run).items()
    assert (c["rows_read"], c["rows_staged"], c["rows_rejected"]) == (3, 2, 1), what
    assert rejects(c)[0]["line"] == 3


@pytest.mark.parametrize("source", ["ethereum_etl", "mapped_csv", "prices_csv"])
def test_an_open_quote_costs_its_own_line_alone(
    tmp_path: Path, take: Callable[..., Run], source: str
) -> None:
    good = lines(source, 5)
    body = "\n".join([good[0], good[1], '"' + good[2], good[3], good[4], ""])
    path = given(tmp_path / "in", GOOD[source].name, body.encode())
    run = take(source, path, **OPTIONS.get(source, {}))
    assert refusals(run) == {}
    ((_, c),) = candidates(run).items()
    assert (c["rows_read"], c["rows_staged"], c["rows_rejected"]) == (4, 3, 1)
    assert rejects(c)[0]["line"] == 3


# ── declarations beside the data ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "toml",
    [
        b"",
        b"not = toml = at all",
        b"\xff\xfe",
        b"a = " + b"[" * 100_000 + b"]" * 100_000,
        b'name = "x"\n[columns]\nfrom_address = { from = "../../etc/passwd" }',
        b"x = 1\nx = 2",
    ],
    ids=["empty", "no toml", "no text", "deep", "half", "twice"],
)
def test_a_mapping_that_says_nothing_is_refused(
    refused: Callable[..., str], tmp_path: Path, toml: bytes
) -> None:
    mapping = given(tmp_path / "in", "mapping.toml", toml)
    assert "mapping" in refused("mapped_csv", GOOD["mapped_csv"], mapping=str(mapping))


@pytest.mark.parametrize(
    "yaml",
    [
        b"a: &a [x]\n" + b"".join(b"b%d: &b%d [*a,*a]\n" % (n, n) for n in range(50)),
        b"!!python/object/apply:os.system ['touch /tmp/canary']\n",
        b"tags: " + b"[" * 50_000,
        b"tags:\n- {address: 0x0, label: x",
    ],
    ids=["aliases", "python", "deep", "open"],
)
def test_hostile_yaml_is_refused(refused: Callable[..., str], tmp_path: Path, yaml: bytes) -> None:
    assert "pack.yaml" in refused("tagpack", given(tmp_path / "in", "pack.yaml", yaml))


@pytest.mark.parametrize(
    "sidecar",
    [b"{", b"[" * 100_000, b'{"published_at": ' + b"9" * 5_000 + b"}", b"\xff", b'{"url": NaN}'],
    ids=["open", "deep", "long number", "no text", "no number"],
)
def test_a_hostile_sidecar_costs_its_own_article_alone(
    tmp_path: Path, take: Callable[..., Run], sidecar: bytes
) -> None:
    folder = tmp_path / "in"
    given(folder, "a.txt", b"An article about somebody.")
    given(folder, "a.json", sidecar)
    given(folder, "b.txt", b"Another article.")
    ((_, c),) = candidates(take("articles", folder)).items()
    assert (c["rows_read"], c["rows_staged"], c["rows_rejected"]) == (2, 1, 1)
    assert "a." in rejects(c)[0]["file"]
