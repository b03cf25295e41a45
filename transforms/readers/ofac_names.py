"""Names put together from their parts the way OFAC prints them: ``SURNAME, Given Middle``."""

from collections.abc import Iterable

_GIVEN = frozenset({"First Name", "Middle Name"})


def join_name(parts: Iterable[tuple[str | None, str | None]]) -> str | None:
    """The name of (kind of part, text) pairs, in their order; None where there is no text.

    Parts of other kinds (entity, vessel, aircraft, nickname, or a kind to come) are whole names.
    """
    surnames: list[str] = []
    given: list[str] = []
    for kind, text in parts:
        if text:
            (given if kind in _GIVEN else surnames).append(text)
    return ", ".join(" ".join(x) for x in (surnames, given) if x) or None
