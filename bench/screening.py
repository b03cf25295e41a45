"""Candidates for a name among all listed ones, beside rapidfuzz over the whole list.

On OFAC's list of July 2021 where ``../shared/data`` is there, else on generated parties. Each query
is an alias left out of the index, which keeps the party's other names, or a name with one
typing error, a word left out, or its words exchanged. Recall: the party is among the first ten.
False hits: names of nobody (words of different parties put together) that get a match.
"""

import csv
import random
import sys
import time
from pathlib import Path

from rapidfuzz import fuzz, process, utils

from bench.mentions import generate_lists
from transforms.matching.screening import Index, Listed, folded

SDN = Path(__file__).resolve().parents[2] / "shared/data/sanctions/ofac_sdn_csv_2021-07"
QUERIES = 400
GENERATED = 12_000


def published():
    """(party, type, name) of OFAC's persons and organisations."""
    kinds = {"individual": "person", "-0-": "organization"}
    found, types = [], {}
    for file, columns in (("sdn.csv", (1, 2)), ("alt.csv", (3, None))):
        with (SDN / file).open(encoding="utf-8", errors="replace", newline="") as f:
            for row in csv.reader(f):
                if len(row) <= 3:
                    continue
                name, kind = columns
                if kind:
                    types[row[0]] = kinds.get(row[kind].strip())
                if types.get(row[0]):
                    found.append((row[0], types[row[0]], row[name].strip()))
    return found


def generated():
    lists = generate_lists(GENERATED)
    kinds = dict(
        zip(*(lists.entities[c].to_pylist() for c in ("entity_id", "entity_type")), strict=True)
    )
    return [
        (e, kinds[e], n)
        for e, n in zip(*(lists.names[c].to_pylist() for c in ("entity_id", "name")), strict=True)
    ]


def typed(word, rng):
    at = rng.randrange(1, len(word))
    return rng.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + "e" + word[at:],
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
        )
    )


def queries(names, rng):
    """(kind, query, party), and the names that the index is left with."""
    by_party = {}
    for at, (party, _, _) in enumerate(names):
        by_party.setdefault(party, []).append(at)
    aliases = [at for ats in by_party.values() if len(ats) > 1 for at in ats[1:]]
    taken = set(rng.sample(aliases, min(QUERIES, len(aliases))))
    asked = [("alias", names[at][2], names[at][0]) for at in sorted(taken)]
    kept = [n for at, n in enumerate(names) if at not in taken]
    for turn, (party, _, name) in enumerate(rng.sample(kept, 3 * QUERIES)):
        words = name.replace(",", " ").split()
        long = [i for i, w in enumerate(words) if len(w) > 4]
        kind = ("typing error", "word left out", "order")[turn % 3]
        if len(words) < 2 or not long or (kind == "word left out" and len(words) < 3):
            continue
        if kind == "typing error":
            place = rng.choice(long)
            words[place] = typed(words[place], rng)
        elif kind == "word left out":
            del words[rng.randrange(len(words))]
        else:
            words = [*words[1:], words[0]]
        asked.append((kind, " ".join(words), party))
    return asked, kept


def nobody(names, rng):
    """First word of one party's name and last word of another's."""
    one, other = (n[2].replace(",", " ").split() for n in rng.sample(names, 2))
    return f"{one[0]} {other[-1]}"


def main():
    rng = random.Random(20250827)
    is_published = SDN.is_dir()
    asked, names = queries(published() if is_published else generated(), rng)
    print(f"{'OFAC, July 2021' if is_published else 'generated parties'}: {len(names)} names")
    started = time.process_time()
    index = Index(
        [Listed(party, kind, name, "aka", is_weak=False) for party, kind, name in names],
        [folded(name) for _, _, name in names],
    )
    print(f"index: {time.process_time() - started:.2f} s")
    plain = [utils.default_process(n) for _, _, n in names]
    found, ours_s, theirs_s = {}, 0.0, 0.0
    for kind, query, party in asked:
        started = time.process_time()
        hits = index.screen(query, given_names=False)
        ours_s += time.process_time() - started
        started = time.process_time()
        plainly = utils.default_process(query)
        extracted = process.extract(plainly, plain, scorer=fuzz.WRatio, limit=10)
        theirs_s += time.process_time() - started
        found.setdefault(kind, []).append(
            (
                any(h.listed.entity_id == party for h in hits),
                any(names[at][0] == party for _, _, at in extracted),
            )
        )
    print(f"{'recall among the first ten':<28}{'queries':>8}{'flowlake':>10}{'WRatio':>8}")
    for kind, pairs in sorted(found.items()):
        ours, theirs = (sum(side) / len(pairs) for side in zip(*pairs, strict=True))
        print(f"{kind:<28}{len(pairs):>8}{ours:>10.3f}{theirs:>8.3f}")
    per_name = 1000 / len(asked)
    print(f"flowlake {ours_s * per_name:.1f} ms, WRatio {theirs_s * per_name:.1f} ms per name")
    strangers = [index.screen(nobody(names, rng), given_names=False) for _ in range(QUERIES)]
    matched = sum(any(h.decision == "match" for h in hits) for hits in strangers)
    print(f"names of nobody that match somebody: {matched / QUERIES:.3f}")
    total = [pair for pairs in found.values() for pair in pairs]
    ours, theirs = (sum(side) / len(total) for side in zip(*total, strict=True))
    print(f"recall {ours:.3f} : {theirs:.3f} = {ours / theirs:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
