"""Which listed parties belong together: linked by a list, or designated in one action.

In: ``core.entity_links`` and ``core.designations``. Out: for two entities, how they belong
together. An action is one list, one day and a common programme; a day that is merely our first
snapshot of a list is no action.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from transforms.matching.aliases import Entity
from transforms.matching.status import Statuses


@dataclass(frozen=True, slots=True)
class Relations:
    """Links and actions by number of the entity in the dictionary."""

    links: Mapping[int, frozenset[int]]
    actions: Mapping[int, frozenset[tuple[str, date]]]
    programs: Sequence[frozenset[str]]

    def between(self, one: int, other: int) -> str | None:
        """``linked``, ``same action`` or None."""
        if other in self.links.get(one, ()):
            return "linked"
        if self.actions.get(one, frozenset()) & self.actions.get(other, frozenset()) and (
            self.programs[one] & self.programs[other]
        ):
            return "same action"
        return None

    def shared_programs(self, one: int, other: int) -> list[str]:
        """Programmes both are designated under, sorted."""
        return sorted(self.programs[one] & self.programs[other])


def relations(entities: Sequence[Entity], links: pa.Table, statuses: Statuses) -> Relations:
    """From the dictionary's entities, the link table and the listing periods."""
    index = {e.entity_id: i for i, e in enumerate(entities)}
    linked: dict[int, set[int]] = defaultdict(set)
    for one, other in zip(
        links.column("from_entity_id").to_pylist(),
        links.column("to_entity_id").to_pylist(),
        strict=True,
    ):
        a, b = index.get(one), index.get(other)
        if a is not None and b is not None and a != b:
            linked[a].add(b)
            linked[b].add(a)
    actions: dict[int, set[tuple[str, date]]] = defaultdict(set)
    for entity_id, periods in statuses.periods.items():
        at = index.get(entity_id)
        if at is None:
            continue
        for p in periods:
            reach = statuses.reach.get(p.source)
            is_first = reach is not None and p.listed_from <= reach.first
            # A day that only bounds the listing is no day of an action.
            if p.from_basis != "act" and not (p.from_basis == "snapshot" and is_first):
                actions[at].add((p.source, p.listed_from))
    return Relations(
        {a: frozenset(b) for a, b in linked.items()},
        {a: frozenset(d) for a, d in actions.items()},
        [e.programs for e in entities],
    )
