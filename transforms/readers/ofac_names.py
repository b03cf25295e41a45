"""Names put together from their parts the way OFAC prints them: ``SURNAME, Given Middle``."""

from collections.abc import Iterable

_GIVEN = frozenset({"First Name", "Middle Name"})


def join_name(
    parts: Iterable[tuple[str | None, str | None]], *, is_latin: bool = False
) -> str | None:
    """The name of (kind of part, text) pairs, in their order; None where there is no text.

    Parts of other kinds (entity, vessel, aircraft, nickname, or a kind to come) are whole names.
    In Latin letters surnames and whole names are capitals in every form but the ADVANCED XML
    (all 3,463 names of the consolidated list in 2018 and 2024): written alike, a party does not
    seem amended when the form of its list changes.
    """
    surnames: list[str] = []
    given: list[str] = []
    for kind, text in parts:
        if text:
            (given if kind in _GIVEN else surnames).append(text)
    surname = " ".join(surnames)
    if is_latin:
        surname = surname.upper()
    return ", ".join(x for x in (surname, " ".join(given)) if x) or None
