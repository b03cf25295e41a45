"""Published TagPacks, where they lie beside the repository: the figures of the field guide."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from transforms.errors import InputRefused

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


def test_the_published_actorpack_is_refused(stage: Stage) -> None:
    with pytest.raises(InputRefused, match="found an ActorPack"):
        stage("tagpack", DATA / "graphsense.actorpack.yaml")
