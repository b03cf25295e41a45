"""News items and one GDELT slot.

In: facts/news. Out: news/articles/NN_*.{txt,html} with a sidecar .json each, and in news/gdelt_gkg
<slot>.gkg.csv.zip with lastupdate.txt (`<bytes> <md5> <url>`), as GDELT publishes it.
The zip is stored, not deflated: two zlib builds need not compress to the same bytes.
"""

import hashlib
import html
import io
import json
import re
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samples.make.common import FACTS, SNAPSHOTS, draw
from samples.make.sanctions import periods

MARK = re.compile(r"\{\{(?P<party>\d+)\|(?P<how>[^|]+)\|(?P<surface>[^}]+)\}\}")
SLOT_URL = "http://data.gdeltproject.org/gdeltv2/"
GKG_COLUMNS = 27
PAGE = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<title>{title} | {publisher}</title>
<meta property="og:title" content="{title}">
<meta property="og:site_name" content="{publisher}">
<meta property="article:published_time" content="{published_at}">
<link rel="canonical" href="{url}">
<script>var nextIssue = "2031-01-01T00:00:00Z";</script>
</head>
<body>
<nav><a href="/">Home</a> <a href="/markets">Markets</a> <a href="/about">About us</a></nav>
<main>
<article>
<h1>{title}</h1>
{paragraphs}
</article>
</main>
<footer><p>{publisher} is a made-up outlet of the flowlake samples. All rights waived.</p></footer>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Mention:
    """A listed name in an article; spans are half-open, in code points of the text."""

    file: str
    start: int
    end: int
    surface: str
    party_id: str
    how: str
    status: str


def articles() -> list[dict[str, str]]:
    text = (FACTS / "news" / "articles.toml").read_text("utf-8")
    found: list[dict[str, str]] = tomllib.loads(text)["article"]
    return found


def gkg() -> dict[str, Any]:
    return tomllib.loads((FACTS / "news" / "gkg.toml").read_text("utf-8"))


def status(party_id: str, day: str) -> str:
    """List status as of a day, as the three snapshots tell it."""
    listed, delisted = periods()[party_id]
    if not day:
        return "unknown"
    if delisted and day >= delisted:
        return "delisted"
    if day > SNAPSHOTS[-1]:
        return "unknown"
    return "designated" if day >= listed else "not_yet"


def mentions(article: dict[str, str]) -> tuple[str, list[Mention]]:
    """The text without its marks, and what the marks said."""
    found, parts, length, last = [], [], 0, 0
    body = article["body"]
    for mark in MARK.finditer(body):
        before = body[last : mark.start()]
        start = length + len(before)
        length = start + len(mark["surface"])
        parts += [before, mark["surface"]]
        last = mark.end()
        day = article.get("published_at", "")[:10]
        found.append(
            Mention(
                article["file"],
                start,
                length,
                mark["surface"],
                mark["party"],
                mark["how"],
                status(mark["party"], day),
            )
        )
    return "".join([*parts, body[last:]]), found


def all_mentions() -> Iterator[Mention]:
    for article in articles():
        yield from mentions(article)[1]


def page(article: dict[str, str], text: str) -> str:
    paragraphs = "\n".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines() if line)
    names = ("language", "title", "publisher", "published_at", "url")
    safe = {name: html.escape(article[name]) for name in names}
    return PAGE.format(paragraphs=paragraphs, **safe)


def gkg_row(slot: str, number: int, row: dict[str, Any]) -> list[str]:
    """27 columns; names lower-case in the first form, Title Case with offsets in the second."""
    columns = [""] * GKG_COLUMNS
    persons, organizations = row.get("persons", []), row.get("organizations", [])
    columns[0] = f"{slot}-{number}"
    columns[1] = slot
    columns[2] = "1"
    columns[3] = row["url"].split("/")[2]
    columns[4] = row["url"]
    columns[7] = "".join(f"{theme};" for theme in row.get("themes", []))
    columns[8] = ";".join(f"{theme},{40 + 30 * n}" for n, theme in enumerate(row.get("themes", [])))
    columns[9] = row.get("place", "")
    columns[10] = f"{row['place']}#120" if "place" in row else ""
    columns[11] = ";".join(persons)
    columns[12] = ";".join(f"{name.title()},{60 + 90 * n}" for n, name in enumerate(persons))
    columns[13] = ";".join(organizations)
    columns[14] = ";".join(f"{name.title()},{75 + 90 * n}" for n, name in enumerate(organizations))
    columns[15] = f"-1.5,2.25,3.75,6,18.5,0.5,{draw(80, 900, 'words', number)}"
    columns[17] = f"wc:{draw(80, 900, 'words', number)},c12.1:4,c14.1:3"
    names = [*persons, *organizations]
    columns[23] = ";".join(f"{name.title()},{60 + 45 * n}" for n, name in enumerate(names))
    extras = f"<PAGE_TITLE>{row['title']}</PAGE_TITLE>"
    if "published" in row:
        stamp = row["published"]
        extras = f"<PAGE_PRECISEPUBTIMESTAMP>{stamp}</PAGE_PRECISEPUBTIMESTAMP>{extras}"
    columns[26] = extras
    return columns


def gkg_rows() -> list[list[str]]:
    facts = gkg()
    rows = list(facts["row"])
    filler = facts["filler"]
    for n in range(filler["count"]):
        persons = filler["persons"][n % 8 : n % 8 + 1 + n % 2]
        rows.append(
            {
                "url": f"https://local-{n % 5}.example.org/story/{n}",
                "title": f"Local news, item {n}",
                "persons": persons,
                "organizations": [filler["organizations"][n % 6]],
                "place": filler["places"][n % 4],
            }
        )
    return [gkg_row(facts["slot"], number, row) for number, row in enumerate(rows)]


def write_slot(out: Path) -> None:
    slot = gkg()["slot"]
    name = f"{slot}.gkg.csv"
    text = "".join("\t".join(row) + "\n" for row in gkg_rows())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        member = zipfile.ZipInfo(name, date_time=(2025, 8, 27, 16, 0, 0))
        member.create_system = 3  # else it names the machine's own
        archive.writestr(member, text.encode())
    data = buffer.getvalue()
    folder = out / "news" / "gdelt_gkg"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.zip").write_bytes(data)
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    line = f"{len(data)} {md5} {SLOT_URL}{name}.zip\n"
    (folder / "lastupdate.txt").write_bytes(line.encode())


def write(out: Path) -> None:
    folder = out / "news" / "articles"
    folder.mkdir(parents=True, exist_ok=True)
    for article in articles():
        text, _ = mentions(article)
        path = folder / article["file"]
        content = page(article, text) if path.suffix == ".html" else text
        path.write_bytes(content.encode())
        names = ("url", "title", "published_at", "publisher", "language")
        known = {name: article[name] for name in names if name in article}
        sidecar = json.dumps(known, ensure_ascii=False, indent=2) + "\n"
        path.with_suffix(".json").write_bytes(sidecar.encode())
    write_slot(out)
