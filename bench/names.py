"""Comparison of names beside other scorers: python -m bench names.

On ``../shared/data/matching/name_pairs_dev.csv`` where it is there, else on our own pairs
(``tests/matching/names/pairs.csv``, of which ours decides every one: they show that it runs, not
how good it is). Recall, false-hit rate and F1 at the threshold that each scorer would be run at:
ours at the shipped one, the peers at the best of this very file, which flatters them. logic-v2 is
asked where nomenklatura is installed.
"""

import csv
import sys
import time
from pathlib import Path

from rapidfuzz import fuzz, utils
from rapidfuzz.distance import JaroWinkler

from transforms.matching.comparison import THRESHOLD, compare

ROOT = Path(__file__).resolve().parent.parent
DEVELOPMENT = ROOT.parent / "shared" / "data" / "matching" / "name_pairs_dev.csv"
OWN = ROOT / "tests" / "matching" / "names" / "pairs.csv"


def logic_v2():
    """Scores of nomenklatura's name matcher, or None where it is not installed."""
    try:
        from followthemoney import model
        from nomenklatura.matching.logic_v2.model import LogicV2
        from nomenklatura.matching.logic_v2.names.match import name_match
    except ImportError:
        return None
    config = LogicV2.default_config()
    count = 0

    def score(pair):
        nonlocal count
        entities = []
        for name in (pair["name1"], pair["name2"]):
            count += 1
            entity = model.make_entity(pair["schema"] or "LegalEntity")
            entity.id = f"e{count}"  # it remembers entities by their id
            entity.add("name", name)
            entities.append(entity)
        return name_match(*entities, config).score

    return score


def measured(decisions, truth):
    """Recall, false-hit rate, precision and F1."""
    hits = sum(d and t for d, t in zip(decisions, truth, strict=True))
    false = sum(d and not t for d, t in zip(decisions, truth, strict=True))
    recall = hits / sum(truth)
    precision = hits / max(1, hits + false)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return recall, false / (len(truth) - sum(truth)), precision, f1


def of_peer(scorer):
    return lambda p: scorer(p["name1"], p["name2"], processor=utils.default_process)


def main():
    path = DEVELOPMENT if DEVELOPMENT.is_file() else OWN
    with path.open(encoding="utf-8", newline="") as f:
        pairs = list(csv.DictReader(f))
    truth = [p["is_match"] == "true" for p in pairs]
    print(f"{path.name}: {len(pairs)} pairs, {sum(truth)} of them matches")
    compare("Barack", "バラク", "Person")  # loads the dictionary of given names
    scorers = {
        "flowlake": lambda p: compare(p["name1"], p["name2"], p["schema"]).score,
        "rapidfuzz WRatio": of_peer(fuzz.WRatio),
        "rapidfuzz token_set": of_peer(fuzz.token_set_ratio),
        "rapidfuzz Jaro-Winkler": of_peer(JaroWinkler.normalized_similarity),
        "logic-v2": logic_v2(),
    }
    print(f"{'scorer':<24}{'threshold':>10}{'recall':>8}{'false hits':>12}{'F1':>7}{'pairs/s':>10}")
    results = {}
    for name, scorer in scorers.items():
        if scorer is None:
            print(f"{name:<24}  not installed (pip install nomenklatura, which needs ICU)")
            continue
        started = time.process_time()
        scores = [scorer(p) for p in pairs]
        rate = len(pairs) / max(1e-9, time.process_time() - started)
        thresholds = [THRESHOLD] if name == "flowlake" else sorted({*scores} - {0})
        found = {t: measured([s >= t for s in scores], truth) for t in thresholds}
        best = max(found, key=lambda t: found[t][3])
        recall, false, _, f1 = results[name] = found[best]
        print(f"{name:<24}{best:>10.2f}{recall:>8.3f}{false:>12.3f}{f1:>7.3f}{rate:>10.0f}")
    ours, peer = results["flowlake"][3], max(r[3] for n, r in results.items() if n != "flowlake")
    print(f"F1 {ours:.3f} : {peer:.3f} of the best peer = {ours / peer:.2f}")
    return 0 if ours >= peer else 1


if __name__ == "__main__":
    sys.exit(main())
