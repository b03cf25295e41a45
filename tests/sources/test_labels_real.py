"""Published TagPacks, where they lie beside the repository: the figures of the field guide."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[3] / "shared" / "data" / "labels" / "graphsense_tagpacks"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not here")
Stage = Callable[..., Any]

PACKS = {
    "etherscan-label-word-cloud": (8453, 0, {None: 8453}),
    "ransomwhere": (7457, 0, {"ransomware": 7457}),
    "usdt_blacklist": (774, 0, {"other": 774}),
    "etherscan-wordcloud-exchange": (646, 0, {"exchange": 646}),
    "hacks": (
        608,
        0,
        {"exchange": 403, "hack": 178, "wallet_service": 12, "gambling": 5, "miner": 5, None: 5},
    ),
    # Three Monero addresses of the pack are cut or none.
    "ofac": (572, 3, {"user": 569}),
    "walletexplorer": (
        386,
        0,
        {
            "other": 133,
            "exchange": 120,
            "gambling": 58,
            "mixer": 37,
            "miner": 20,
            "marketplace": 16,
            "wallet_service": 2,
        },
    ),
}


@pytest.mark.parametrize("name", PACKS)
def test_a_published_pack_gives_the_guides_figures(name: str, stage: Stage) -> None:
    tags, rejected, categories = PACKS[name]
    staged = stage("tagpack", DATA / f"{name}.yaml")
    candidate = staged.candidate
    assert (candidate.rows_read, candidate.rows_rejected) == (tags, rejected)
    assert candidate.rows_staged == tags - rejected
    labels = staged.rows("staged.address_labels")
    assert Counter(x["category"] for x in labels) == categories
    assert not [w for w in candidate.warnings if w.startswith("unknown")]
    assert all(x["chain"] and x["labelled_on"] and x["label_source"] for x in labels) or (
        name == "walletexplorer"
    )


def test_the_chain_follows_from_the_address_and_not_from_the_currency(stage: Stage) -> None:
    labels = stage("tagpack", DATA / "ofac.yaml").rows("staged.address_labels")
    assert Counter(x["chain"] for x in labels) == {
        "bitcoin": 387, "ethereum": 150, "litecoin": 8, "bitcoin_cash": 7, "tron": 7, "zcash": 3,
        "dash": 3, "bitcoin_sv": 1, "ripple": 1, "bitcoin_gold": 1, "verge": 1,
    }  # fmt: skip


def test_the_published_actorpack_describes_its_actors(stage: Stage) -> None:
    staged = stage("tagpack", DATA / "graphsense.actorpack.yaml")
    assert (staged.candidate.rows_read, staged.candidate.rows_staged) == (3_813, 3_813)
    actors = staged.rows("staged.actors")
    assert len({a["actor"] for a in actors}) == 3_813
    assert len({a["actor_id"] for a in actors}) == len(actors)
    assert not [w for w in staged.candidate.warnings if w.startswith("unknown")]


PAGES = DATA.parent / "etherscan_labels" / "accounts"
# Of 33 pages those whose counts the guide gives, and the category and actor of their names.
NAMED = {
    "binance": (57, "exchange", "binance"),
    "bridge": (166, "bridge", None),
    "ofac-sanctions-lists": (72, "sanctioned", None),
    "tornado-cash": (63, "mixer", "tornado"),
    "ftx": (13, "exchange", "ftx"),
    "ethereum-mixer": (1, "mixer", None),
}


@pytest.mark.skipif(not PAGES.is_dir(), reason="the shared data are not here")
def test_the_published_label_pages_give_the_guides_figures(stage: Stage) -> None:
    staged = {p.stem: stage("label_csv", p) for p in sorted(PAGES.glob("*.csv"))}
    counts = {name: s.candidate.rows_staged for name, s in staged.items()}
    assert (len(counts), sum(counts.values())) == (33, 1_765)
    assert not any(s.candidate.rows_rejected for s in staged.values())
    assert staged["index"].candidate.warnings == {"label page without entries": 1}
    assert all(not s.candidate.warnings for name, s in staged.items() if name != "index")


@pytest.mark.skipif(not PAGES.is_dir(), reason="the shared data are not here")
@pytest.mark.parametrize("name", NAMED)
def test_a_published_label_page_means_what_its_name_says(name: str, stage: Stage) -> None:
    labels = stage("label_csv", PAGES / f"{name}.csv").rows("staged.address_labels")
    count, category, actor = NAMED[name]
    assert len(labels) == count
    assert {(x["category"], x["actor"], x["chain"]) for x in labels} == {
        (category, actor, "ethereum")
    }
    assert all(x["label"] for x in labels)
