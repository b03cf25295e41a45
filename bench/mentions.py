"""The mentions matcher beside a token dictionary in Python: python -m bench.mentions [articles].

Generated names and texts (5 kB of everyday words with a few listed names in each third text), so
that nothing has to be downloaded. The peer is what flashtext does, written plainly: the first
token of every form leads to the forms that begin with it. It only finds spans of the same folded
forms; scoring, status and the rest are ours alone, so its seconds flatter the peer.
"""

import random
import resource
import sys
import time
from collections import defaultdict
from datetime import UTC, date, datetime

import ahocorasick_rs
import pyarrow as pa

from transforms.clean.names import fold
from transforms.matching.aliases import compile_aliases
from transforms.matching.mentions import Lists, mentions
from transforms.matching.reading import read
from transforms.matching.vocabulary import vocabulary

PARTIES = 45_000  # about 100,000 forms
PEER_ARTICLES = 500
SYLLABLES = ("ba", "do", "ka", "ri", "mo", "shu", "zen", "tar", "vel", "qo", "nim", "lus", "per")
LEGAL = ("Trading LLC", "Shipping Co., Ltd.", "Holding JSC", "Information Technology Company")


def word(rng):
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 4))).capitalize()


def generate_lists(parties):
    rng = random.Random(20250827)
    given, common = sorted(vocabulary().given), sorted(vocabulary().common)
    entities, names = [], []
    for i in range(parties):
        is_person = i % 2 == 0
        entity_id = f"e{i:06}"
        name = (
            f"{word(rng).upper()}, {rng.choice(given).capitalize()} {word(rng)}"
            if is_person
            else f"{rng.choice(common).capitalize()} {word(rng)} {rng.choice(LEGAL)}"
        )
        kind = "person" if is_person else "organization"
        entities.append({"entity_id": entity_id, "entity_type": kind, "programs": "DPRK2"})
        names.append({"entity_id": entity_id, "name": name, "name_type": "primary"})
    day = date(2024, 1, 1)
    return Lists(
        entities=pa.Table.from_pylist(entities),
        names=pa.Table.from_pylist([{**n, "is_weak": False} for n in names]),
        designations=pa.Table.from_pylist(
            [
                {"entity_id": e["entity_id"], "source": "ofac_sdn", "listed_from": day}
                | {"listed_to": None, "from_basis": "published", "last_seen": day}
                for e in entities
            ],
            schema=pa.schema(
                {"entity_id": "string", "source": "string", "listed_from": "date32"}
                | {"listed_to": "date32", "from_basis": "string", "last_seen": "date32"}
            ),
        ),
        links=pa.table({c: pa.array([], "string") for c in ("from_entity_id", "to_entity_id")}),
        snapshots=pa.table({"source": ["ofac_sdn"] * 2, "snapshot_date": [day, date(2026, 1, 1)]}),
    )


def generate_articles(count, lists):
    rng = random.Random(20260101)
    common = sorted(vocabulary().common)
    names = lists.names.column("name").to_pylist()
    rows = []
    for i in range(count):
        text = []
        while sum(map(len, text)) + len(text) < 5_000:
            sentence = rng.choices(common, k=14)
            text += [sentence[0].capitalize(), *sentence[1:-1], sentence[-1] + "."]
        if i % 3 == 0:
            for _ in range(3):
                family, _, given = rng.choice(names).title().partition(", ")
                text.insert(rng.randrange(len(text)), f"{given} {family}".strip())
        rows.append(
            {"article_id": f"{i:016x}", "source": "articles", "batch": "b", "title": None}
            | {"body": " ".join(text), "published_at": datetime(2025, 1, 1, tzinfo=UTC)}
            | {"language": "en", "text_sha256": f"{i:064x}"}
        )
    return pa.Table.from_pylist(rows)


class TokenDictionary:
    """First token → the forms that begin with it, longest first."""

    def __init__(self, keys):
        self.forms = defaultdict(list)
        for key in keys:
            tokens = key.split()
            self.forms[tokens[0]].append(tokens)

    def find(self, folded):
        tokens = folded.split()
        return [
            (i, i + len(form))
            for i, token in enumerate(tokens)
            for form in self.forms.get(token, ())
            if tokens[i : i + len(form)] == form
        ]


def timed(work, *args):
    start = time.process_time()
    return work(*args), time.process_time() - start


def main(articles=10_000):
    lists = generate_lists(PARTIES)
    texts = generate_articles(articles, lists)
    words = vocabulary()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    dictionary, seconds = timed(compile_aliases, lists.entities, lists.names, words)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    aliases = sum(len(a) for a in dictionary.by_form.values())
    print(f"{aliases:,} aliases: {seconds:.1f} s to read, rank and compile, {grown} MiB")
    keys = [fold(form) for form in dictionary.by_form]
    nfa = ahocorasick_rs.Implementation.ContiguousNFA
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _, seconds = timed(lambda: ahocorasick_rs.AhoCorasick(keys, implementation=nfa))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    print(f"its automaton alone: {seconds:.1f} s, {grown} MiB more (target 5 s, 100 MiB)")

    found, seconds = timed(mentions, texts, _no_names(), lists)
    print(
        f"{articles:,} articles of 5 kB: {seconds:.1f} s with all scoring "
        f"(target 15 s for 10,000), {found.table.num_rows:,} mentions"
    )
    bodies = texts.column("body").to_pylist()
    _, ours = timed(lambda: [read(b, dictionary) for b in bodies])
    peer = TokenDictionary(keys)
    few = bodies[:PEER_ARTICLES]
    _, theirs = timed(lambda: [peer.find(fold(b)) for b in few])
    ours, theirs = len(bodies) / ours, len(few) / theirs
    print(f"scan alone: {ours:,.0f} articles/s, token dictionary in Python {theirs:,.0f}/s")
    print(f"ratio {ours / theirs:.1f}")


def _no_names():
    return pa.table({c: pa.array([], "string") for c in ("article_id", "name", "name_kind")})


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:]))
