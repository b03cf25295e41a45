"""Rows of one FollowTheMoney target: its own properties and the entities that point to it."""

import csv
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from transforms.clean.tickers import UNSTATED
from transforms.readers.ftm_index import RELATIONS, Entity, Index, first, values
from transforms.readers.ofac_labels import span_of
from transforms.readers.party import Fact, Party
from transforms.readers.party_rows import stage_address
from transforms.readers.words import report_word
from transforms.sources.batch import Batch

ENTITY_TYPES = {
    "Person": "person",
    "Organization": "organization",
    "Company": "organization",
    "PublicBody": "organization",
    "Vessel": "vessel",
    "Airplane": "aircraft",
    # A person or an organisation, the source did not know; a thing; an address of a chain.
    "LegalEntity": "unknown",
    "Vehicle": "unknown",
    "Asset": "unknown",
    "Security": "unknown",
    "RealEstate": "unknown",
    "CryptoWallet": "unknown",
}
_SANCTION = {
    "entity", "program", "programId", "authority", "authorityId", "unscId", "provisions",
    "listingDate", "startDate", "endDate", "reason", "summary", "status",
}  # fmt: skip
_SANCTION_FACTS = {
    "authority": "other",
    "authorityId": "other",
    "unscId": "un_reference",
    "endDate": "date:other",
    "status": "other",
}
# Pages and clocks of the collector, and words that repeat the programme's.
_SANCTION_IGNORED = {
    "sourceUrl", "programUrl", "publisher", "publisherUrl", "retrievedAt", "modifiedAt", "country",
    "recordId", "duration", "date", "description", "alephUrl", "proof",
}  # fmt: skip


@cache
def uses() -> dict[str, tuple[str, str]]:
    """What is done with each property: use and label."""
    text = files("transforms.readers").joinpath("ftm_properties.csv").read_text("utf-8")
    return {r["property"]: (r["use"], r["label"]) for r in csv.DictReader(text.splitlines())}


class Target:
    """One sanctioned target on its way into the staged tables."""

    def __init__(self, index: Index, entity: Entity, record_id: str, batch: Batch) -> None:
        self.index = index
        self.entity = entity
        self.batch = batch
        self.names: dict[str, tuple[str, bool]] = {}
        self.remarks: list[str] = []
        schema = entity["schema"]
        kind = ENTITY_TYPES.get(schema)
        if kind is None:
            report_word(batch, "schema", schema)
        name = str(entity.get("caption") or "").strip() or values(entity, "name")[0]
        self.party = Party(
            batch, entity["id"], record_id, kind or "unknown", name, published_form="FollowTheMoney"
        )

    def stage(self, about: Sequence[Entity]) -> None:
        """Stage all rows of the target."""
        party, entity = self.party, self.entity
        self._properties()
        party.add_name(party.name, "primary")
        for alias, (name_type, is_weak) in self.names.items():
            if alias != party.name:
                party.add_name(alias, name_type, is_weak=is_weak)
        if entity["schema"] == "CryptoWallet":
            self._wallet(entity)
        read = {
            "Sanction": self._sanction,
            "CryptoWallet": self._wallet,
            **dict.fromkeys(RELATIONS, self._relation),
        }
        for other in about:
            read.get(other["schema"], self._paper)(other)
        for key, use in (("referents", "referent"), ("datasets", "other")):
            found: list[Any] = list(entity.get(key) or ())
            party.add_facts(
                Fact(use, key.removesuffix("s"), v)
                for v in found
                if isinstance(v, str) and v != entity["id"]
            )
        party.remarks = "\n\n".join(dict.fromkeys(self.remarks)) or None
        party.finish()

    def _properties(self) -> None:
        """File every value of every property by its use."""
        file_as = {
            "name": self._name,
            "address": self._address,
            "address_entity": self._place,
            "remarks": lambda _, __, value: self.remarks.append(value),
            "program": lambda _, __, value: self.party.programs.add(value),
            "link": self._link,
            # A person's country is where he belongs, not what he is a national of.
            "country": lambda _, label, value: self._fact("other", label, value),
            "column": self._column,
            # Left out with the reason beside it, or read where the entity itself is.
            **dict.fromkeys(("ignored", "wallet", "currency", "holder"), lambda *_: None),
        }
        for word in self.entity["properties"]:
            use, label = uses().get(word, ("", ""))
            if not use:
                report_word(self.batch, "property", f"{self.entity['schema']}:{word}")
            family, _, kind = use.partition(":")
            take = file_as.get(family)
            for value in values(self.entity, word):
                if take:
                    take(kind, label or word, value)
                else:
                    self._fact(use or "other", label or word, value)

    def _fact(self, use: str, label: str, value: str) -> None:
        is_date = use == "birth" or use.startswith("date:")
        self.party.add_facts([Fact(use, label, value, span=span_of(value) if is_date else None)])

    def _name(self, kind: str, _: str, value: str) -> None:
        self.names.setdefault(value, ("aka", True) if kind == "weak" else (kind, False))

    def _address(self, _: str, __: str, value: str) -> None:
        stage_address(self.batch, self.party.party_id, self.party.record_id, (value,))

    def _place(self, _: str, __: str, value: str) -> None:
        place = self.index.place(value)
        if place is None:
            self.batch.warn("address that is not in the file")
            return
        streets = [first(place, p) for p in ("street", "street2", "street3", "postOfficeBox")]
        city, postal_code = first(place, "city"), first(place, "postalCode")
        region = first(place, "state") or first(place, "region")
        if not any([*streets, city, postal_code, region]):
            streets = [first(place, "full")]
        stage_address(
            self.batch, self.party.party_id, self.party.record_id, streets, city=city,
            region=region, postal_code=postal_code, country=first(place, "country"),
            remarks=first(place, "remarks"),
        )  # fmt: skip

    def _link(self, kind: str, _: str, value: str) -> None:
        self.party.add_link(kind, to_party_id=value, to_name=self.index.caption(value))

    def _column(self, kind: str, label: str, value: str) -> None:
        shown = value
        if kind == "vessel_owner":  # named by id
            shown = self.index.caption(value) or value
            self._link("owner", label, value)
        self.party.add_facts([Fact(kind, label, shown)])

    # ── entities that point to the target ───────────────────────────────────────────────────

    def _wallet(self, wallet: Entity) -> None:
        currency = first(wallet, "currency") or UNSTATED
        for key in values(wallet, "publicKey"):
            self._fact("wallet", f"CryptoWallet - {currency}", key)

    def _sanction(self, sanction: Entity) -> None:
        for word in sanction["properties"]:
            if word not in _SANCTION | _SANCTION_IGNORED:
                report_word(self.batch, "property", f"Sanction:{word}")
        party = self.party
        programs = values(sanction, "program") or values(sanction, "programId")
        party.programs.update(programs or values(sanction, "authority"))
        party.measures.update(values(sanction, "provisions"))
        for text in values(sanction, "listingDate") or values(sanction, "startDate"):
            span = span_of(text)
            party.listed_since(span.day if span else None)
        for word, use in _SANCTION_FACTS.items():
            for value in values(sanction, word):
                self._fact(use, f"sanction {word}", value)
        self.remarks += [*values(sanction, "reason"), *values(sanction, "summary")]

    def _paper(self, paper: Entity) -> None:
        issued, expires = (span_of(first(paper, n) or "") for n in ("startDate", "endDate"))
        schema = paper["schema"]
        for number in values(paper, "number") or values(paper, "passportNumber"):
            self.party.add_facts(
                [
                    Fact(
                        "passport" if schema == "Passport" else "national_id",
                        first(paper, "type") or schema,
                        number,
                        first(paper, "country"),
                        issued.day if issued else None,
                        expires.day if expires else None,
                        first(paper, "summary"),
                    )
                ]
            )

    def _relation(self, relation: Entity) -> None:
        _, end, name = RELATIONS[relation["schema"]]
        words = values(relation, "role") or values(relation, "relationship")
        for other in values(relation, end):
            self._link("; ".join(words) or name, "", other)
