"""What the numbers of OFAC's ADVANCED XML stand for: reference values, locations, documents."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from transforms.errors import InputRefused
from transforms.readers.ofac_dates import published, span_of_period
from transforms.readers.ofac_labels import use_of
from transforms.readers.ofac_names import join_name
from transforms.readers.party import Fact
from transforms.readers.xml import Element, child, child_text, children, local, text_of

# What says "nothing known" in OFAC's reference values.
NOTHING = ("Unknown", "undetermined")


@dataclass(frozen=True, slots=True)
class Location:
    """A location: a postal address, or just the country of a nationality."""

    streets: tuple[str, ...]
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None


@dataclass(frozen=True, slots=True)
class DocumentedName:
    """A name with the words that say what it is."""

    name: str | None
    status: str
    script: str | None


class References:
    """The ReferenceValueSets of one file: what a number means."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._values: dict[tuple[str, str], tuple[str, dict[str, str]]] = {}

    def load(self, sets: Element) -> None:
        """Take all sets; they stand before everything that refers to them."""
        for group in sets:
            for value in group:
                attributes = {str(k): str(v) for k, v in value.items()}
                key = (local(value), attributes.get("ID", ""))
                self._values[key] = (text_of(value) or "", attributes)

    def text(self, kind: str, number: str | None) -> str:
        """What a number means; one without a meaning makes the file contradict itself."""
        return self._get(kind, number)[0]

    def attribute(self, kind: str, number: str | None, name: str) -> str | None:
        """A further property of the value a number stands for."""
        return self._get(kind, number)[1].get(name)

    def _get(self, kind: str, number: str | None) -> tuple[str, dict[str, str]]:
        try:
            return self._values[kind, number or ""]
        except KeyError:
            raise InputRefused(
                f"{self._where}: expected {kind} {number} among the ReferenceValueSets, found none"
            ) from None

    # ── elements that consist of references ─────────────────────────────────────────────────

    def location(self, element: Element) -> Location:
        """A Location with its parts by their kind."""
        parts: dict[str, list[str]] = {}
        for part in children(element, "LocationPart"):
            kind = self.text("LocPartType", part.get("LocPartTypeID"))
            for value in children(part, "LocationPartValue"):
                if text := child_text(value, "Value"):
                    parts.setdefault(kind, []).append(text)
        country = None
        if (e := child(element, "LocationCountry")) is not None:
            country = self.text("Country", e.get("CountryID"))
        elif (e := child(element, "LocationAreaCode")) is not None:
            country = self.attribute("AreaCode", e.get("AreaCodeID"), "Description")
        streets = (
            text
            for kind, texts in sorted(parts.items())
            if kind.startswith("ADDRESS") or kind == "Unknown"
            for text in texts
        )
        return Location(
            tuple(streets),
            _joined(parts.get("CITY")),
            _joined([*parts.get("STATE/PROVINCE", ()), *parts.get("REGION", ())]),
            _joined(parts.get("POSTAL CODE")),
            None if country in NOTHING else country,
        )

    def document(self, element: Element) -> Fact | None:
        """An IDRegDocument as a fact; None where it has no number."""
        number = child_text(element, "IDRegistrationNo")
        if number is None:
            return None
        label = self.text("IDRegDocType", element.get("IDRegDocTypeID"))
        country = element.get("IssuedBy-CountryID")
        notes = [child_text(element, "Comment"), child_text(element, "IssuingAuthority")]
        if validity := element.get("ValidityID"):
            word = self.text("Validity", validity)
            notes.append(None if word == "Valid" else word)
        days = {}
        for stated in children(element, "DocumentDate"):
            kind = self.text("IDRegDocDateType", stated.get("IDRegDocDateTypeID"))
            span = span_of_period(child(stated, "DatePeriod"))
            if span is None or span.day is None:
                notes.append(f"{kind} {published(span)}" if span else None)
            else:
                days[kind] = span.day
        return Fact(
            use_of(label),
            label,
            number,
            self.text("Country", country) if country else None,
            days.get("Issue Date"),
            days.get("Expiration Date"),
            "; ".join(n for n in notes if n) or None,
        )

    def names(self, identity: Element) -> Iterator[tuple[Element, DocumentedName]]:
        """Each documented name of an identity with its Alias element."""
        groups = {
            g.get("ID"): self.text("NamePartType", g.get("NamePartTypeID"))
            for top in children(identity, "NamePartGroups")
            for master in children(top, "MasterNamePartGroup")
            for g in children(master, "NamePartGroup")
        }
        for alias in children(identity, "Alias"):
            for documented in children(alias, "DocumentedName"):
                values = [
                    value
                    for part in children(documented, "DocumentedNamePart")
                    for value in children(part, "NamePartValue")
                ]
                number = next((v.get("ScriptID") for v in values), None)
                script = self.text("Script", number) if number else None
                yield (
                    alias,
                    DocumentedName(
                        join_name(
                            ((groups.get(v.get("NamePartGroupID")), text_of(v)) for v in values),
                            is_latin=script == "Latin",
                        ),
                        self.text("DocNameStatus", documented.get("DocNameStatusID")),
                        script,
                    ),
                )


def _joined(texts: Iterable[str] | None) -> str | None:
    return ", ".join(texts or ()) or None
