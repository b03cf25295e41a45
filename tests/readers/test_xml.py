"""The one XML reader: strict, without a DTD, one record at a time."""

import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from transforms.errors import InputRefused
from transforms.readers.xml import Document, child_text, raw_of, shapes, unknown_names

ROOT = Path(__file__).parents[2]
BOMB = (
    "<!DOCTYPE list [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12))
    + "]><list><record>&a11;</record></list>"
)
REFUSED = {
    "an external entity": b"<!DOCTYPE list [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>"
    b"<list><record>&x;</record></list>",
    "a parameter entity": b"<!DOCTYPE list [<!ENTITY % x SYSTEM 'file:///etc/hostname'> %x;]>"
    b"<list/>",
    "a DTD by address": b"<!DOCTYPE list SYSTEM 'http://127.0.0.1:1/list.dtd'><list/>",
    "billion laughs": BOMB.encode(),
    "an HTML page": b"<!DOCTYPE html><html><body><p>403</body></html>",
    "an HTML page without a DOCTYPE": b"<html><body><p>403<br></body></html>",
    "an entity nobody declared": b"<list><record>&nbsp;</record></list>",
    "nothing": b"",
    "blanks": b"  \n",
    "a page that is no XML": b'{"message": "Forbidden"}',
    "the end cut off": b"<list><record>1</record><record>2</rec",
    "the closing tag missing": b"<list><record>1</record>",
    "more behind the end": b"<list><record>1</record></list><list/>",
    "bytes that are not the declared UTF-8": b'<?xml version="1.0" encoding="utf-8"?>'
    b"<list><record>caf\xe9</record></list>",
    "bytes that are not UTF-8": b"<list><record>caf\xe9</record></list>",
    "an encoding nobody knows": b'<?xml version="1.0" encoding="klingon"?><list/>',
    "a NUL": b"<list><record>\x00</record></list>",
    "a control character": b"<list><record>\x19</record></list>",
    "300 levels": b"<list>" * 300 + b"</list>" * 300,
    "a text of 11 MB": b"<list><record>" + b"x" * 11_000_000 + b"</record></list>",
}


def read(path: Path, *paths: str) -> list[tuple[str, str | None]]:
    document = Document(path, source="a_list", name=path.name)
    return [(at, element.text) for at, element in document.records(*paths)]


@pytest.mark.parametrize("case", REFUSED)
def test_a_document_that_is_not_whole_and_plain_is_refused(case: str, tmp_path: Path) -> None:
    path = tmp_path / "list.xml"
    path.write_bytes(REFUSED[case])
    start = time.monotonic()
    with pytest.raises(InputRefused, match=r"^a_list list\.xml.*expected .*found"):
        read(path, "record")
    assert time.monotonic() - start < 2


def test_a_refused_document_costs_neither_memory_nor_time(tmp_path: Path) -> None:
    path = tmp_path / "list.xml"
    path.write_text(BOMB)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from transforms.errors import InputRefused\n"
        "from transforms.readers.xml import Document\n"
        "try:\n"
        "    path = Path(sys.argv[1])\n"
        "    document = Document(path, source='x', name='x', is_doctype_allowed=True)\n"
        "    for _ in document.records('record'): pass\n"
        "except InputRefused:\n"
        "    pass\n"
        # Not getrusage: its peak is the forking test runner's where that was larger.
        "status = Path('/proc/self/status').read_text()\n"
        "print(int(status.split('VmHWM:')[1].split()[0]) // 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (10, 10)),
    )
    assert int(done.stdout) < 300


def test_records_are_found_by_path_whatever_the_namespace(tmp_path: Path) -> None:
    path = tmp_path / "list.xml"
    for namespace in ("", " xmlns='urn:one'", " xmlns='urn:two'"):
        path.write_text(
            f"<list{namespace}><!-- a comment --><?note x?><set><record>1</record></set>"
            "<record>not below a set</record><set><record>2<record>inner</record></record></set>"
            "<other><set><record>deeper</record></set></other></list>"
        )
        assert read(path, "set/record") == [("set/record", "1"), ("set/record", "2")]
        assert read(path, "record") == [("record", "not below a set")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_a_declared_encoding_is_obeyed(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "list.xml"
    text = f'<?xml version="1.0" encoding="{encoding}"?><list><record>café</record></list>'
    path.write_bytes(text.encode(encoding))
    assert read(path, "record") == [("record", "café")]


def test_another_root_is_told_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "list.xml"
    path.write_text("<Error><Code>NoSuchKey</Code></Error>")
    with pytest.raises(InputRefused, match="expected root element list, found Error"):
        Document(path, source="a_list", name="list.xml").expect_root("list")


def test_what_a_publisher_adds_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "list.xml"
    path.write_text(
        "<list xmlns='urn:one'><party id='1' rank='2'><name>A</name><pet/></party></list>"
    )
    known = shapes({"party": "name @id"})
    document = Document(path, source="a_list", name="list.xml")
    ((_, party),) = [
        (at, (sorted(unknown_names(e, known)), child_text(e, "name"), raw_of(e)))
        for at, e in document.records("party")
    ]
    assert party[:2] == (["party/@rank", "party/pet"], "A")
    assert party[2].startswith("<party")


def test_many_records_leave_no_trace_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "list.xml"
    with path.open("w") as f:
        f.write("<list>")
        for i in range(100):
            f.write(f"<record>{i}</record>" * 2_000)
        f.write("</list>")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    document = Document(path, source="a_list", name="list.xml")
    assert sum(1 for _ in document.records("record")) == 200_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000
