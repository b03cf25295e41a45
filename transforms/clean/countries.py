"""Countries by whatever name a list gives them → the two-letter code FollowTheMoney uses.

In: a country as published (``Korea, North``, ``KP``, ``Северная Корея``). Out: its code in lower
case, or null where no country, or more than one, is known by that name. Spelling and letter case
are folded; nothing is guessed from likeness. The names are those of rigour's territories (ISO 3166,
Wikidata, and the ones sanctions lists use); historical and disputed ones have codes of their own.
"""

import json
from collections import defaultdict
from functools import cache

# The compiled core: rigour.territories itself loads PyICU (see pyproject.toml).
from rigour import _core

from transforms.clean.names import fold


def country_code(name: str | None) -> str | None:
    """Code of a country by any of its names; null where none or several bear it."""
    return _codes().get(fold(name)) if name else None


@cache
def _codes() -> dict[str, str]:
    """Folded name → code; a code, a main or a strong name outweighs a weak one."""
    ranked: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for line in _core.territories_jsonl().splitlines():
        territory = json.loads(line)
        if not territory.get("is_ftm"):
            continue
        code = territory["code"]
        by_rank = (
            [code, *(territory.get("other_codes") or ())],
            [territory[k] for k in ("name", "full_name", "alpha3") if territory.get(k)],
            territory.get("names_strong") or (),
            territory.get("names_weak") or (),
        )
        for rank, names in enumerate(by_rank):
            for name in names:
                ranked[fold(name)][rank].add(code)
    best = {name: ranks[min(ranks)] for name, ranks in ranked.items()}
    return {name: next(iter(codes)) for name, codes in best.items() if name and len(codes) == 1}
