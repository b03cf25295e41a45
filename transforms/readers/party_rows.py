"""Rows that belong to a party by its id alone: names, links and postal addresses.

Some forms keep them apart from the parties (OFAC's alias and address files, an ADVANCED XML's
relations), so they are staged without a ``Party`` at hand.
"""

from collections.abc import Iterable

from transforms.sources.batch import Batch


def stage_name(
    batch: Batch,
    party_id: str,
    record_id: str,
    name: str,
    name_type: str,
    *,
    is_weak: bool = False,
    script: str | None = None,
    language: str | None = None,
) -> None:
    """A name of a party, by its id."""
    batch.add(
        "staged.designation_names",
        {
            "party_id": party_id,
            "name": name,
            "name_type": name_type,
            "is_weak": is_weak,
            "script": script,
            "language": language,
            "record_id": record_id,
        },
    )


def stage_link(
    batch: Batch,
    party_id: str,
    record_id: str,
    relation: str,
    *,
    to_party_id: str | None = None,
    to_name: str | None = None,
) -> None:
    """A relation of a party to another, by its id."""
    batch.add(
        "staged.designation_links",
        {
            "party_id": party_id,
            "relation": relation,
            "to_party_id": to_party_id,
            "to_name": to_name,
            "record_id": record_id,
        },
    )


def stage_address(
    batch: Batch,
    party_id: str,
    record_id: str,
    streets: Iterable[str | None],
    *,
    city: str | None = None,
    region: str | None = None,
    postal_code: str | None = None,
    country: str | None = None,
    remarks: str | None = None,
) -> None:
    """A postal address of a party, by its id.

    One that states nothing is left out: a fifth of OFAC's addresses is an id and nothing else.
    """
    street = ", ".join(s for s in streets if s) or None
    parts = [p for p in (street, city, region, postal_code, country) if p]
    if not parts:
        return
    batch.add(
        "staged.designation_addresses",
        {
            "party_id": party_id,
            "full_address": ", ".join(parts),
            "street": street,
            "city": city,
            "region": region,
            "postal_code": postal_code,
            "country": country,
            "remarks": remarks,
            "record_id": record_id,
        },
    )
