"""A designation of the United Kingdom's lists, put together from its rows or its element.

The CSV forms repeat a party once for every combination of its names, addresses, birth dates and
papers; everything is kept once, in the order of its first appearance. Names are six parts: given
names in 1 to 5, the surname (or an organisation's whole name) in 6; they are joined as spoken.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from transforms.errors import UnknownValue
from transforms.readers import free_text
from transforms.readers.ofac_labels import span_of
from transforms.readers.party import Fact, Party
from transforms.readers.party_rows import stage_address
from transforms.readers.words import language, report_word, script
from transforms.sources.batch import Batch

# The UK's word for the kind of party; anything else stops the file.
_ENTITY_TYPES = {"individual": "person", "entity": "organization", "ship": "vessel"}
# OFSI's word for the main name was another one until 2021.
_NAME_TYPES = {
    "primary name": "primary",
    "prime alias": "primary",
    "primary name variation": "variation",
    "alias": "aka",
    "aka": "aka",
    "fka": "fka",
}
_RANK = ("primary", "variation", "aka", "fka")
_WEAK = {"low": True, "good": False}

# "INN: 7710137066"; what a number is, where it says so itself.
_REGISTRY = re.compile(
    r"(?P<label>INN|OGRN|KPP|OKPO|TIN|Tax ID(?: No\.?)?|Tax Identification Number|BIK|BIC|SWIFT"
    r"(?:/BIC)?|LEI)\s*[:\-–]?\s*(?:No\.?|number)?\s*(?P<number>[A-Z0-9]{6,22})",
    re.IGNORECASE,
)
_TAX_LABELS = ("inn", "tin", "tax")


@dataclass(slots=True)
class Name:
    """A name as the list gives it."""

    kind: str
    is_weak: bool = False
    script: str | None = None
    language: str | None = None


@dataclass(slots=True)
class Listing:
    """What has been read of one designation; dictionaries keep order and drop repetitions."""

    party_id: str
    record_id: str
    entity_type: str
    published_form: str | None = None
    names: dict[str, Name] = field(default_factory=dict)
    programs: dict[str, None] = field(default_factory=dict)
    measures: dict[str, None] = field(default_factory=dict)
    legal_bases: dict[str, None] = field(default_factory=dict)
    titles: dict[str, None] = field(default_factory=dict)
    positions: dict[str, None] = field(default_factory=dict)
    nationalities: dict[str, None] = field(default_factory=dict)
    remarks: dict[str, None] = field(default_factory=dict)
    listed_on: dict[str, None] = field(default_factory=dict)
    addresses: dict[tuple[tuple[str, ...], str | None, str | None], None] = field(
        default_factory=dict
    )
    facts: dict[Fact, None] = field(default_factory=dict)
    links: dict[tuple[str, str], None] = field(default_factory=dict)

    def add_name(
        self,
        batch: Batch,
        parts: Iterable[str | None],
        word: str | None,
        quality: str | None = None,
    ) -> None:
        """A name from its parts in spoken order; a row without any has none."""
        name = " ".join(" ".join(p for p in parts if p).split())
        if not name:
            return
        kind = _NAME_TYPES.get((word or "").strip().lower())
        if kind is None:
            report_word(batch, "alias type", word or "none")
            kind = "aka"
        is_weak = False
        if quality:
            known = _WEAK.get(quality.split()[0].lower())
            if known is None:
                report_word(batch, "alias quality", quality)
            is_weak = bool(known)
        before = self.names.get(name)
        # The same letters filed twice are one name, of the better kind, strong if any says so.
        if before is None:
            self.names[name] = Name(kind, is_weak)
        else:
            before.kind = min(before.kind, kind, key=_RANK.index)
            before.is_weak &= is_weak

    def add_original(
        self, batch: Batch, name: str | None, of_script: str | None, of_language: str | None
    ) -> None:
        """A name in another script, as the list files it."""
        text = " ".join((name or "").split())
        if text and text not in self.names:
            self.names[text] = Name(
                "variation",
                script=script(batch, of_script) if of_script else None,
                language=language(batch, of_language) if of_language else None,
            )

    def add_address(
        self, lines: Iterable[str | None], postal_code: str | None, country: str | None
    ) -> None:
        """A postal address; which of its lines is the city, the lists do not say."""
        streets = tuple(x for line in lines if (x := " ".join((line or "").split())))
        if streets or postal_code or country:
            self.addresses[streets, postal_code, country] = None

    def add_fact(self, use: str, label: str, value: str | None, note: str | None = None) -> None:
        """A fact that is filed as it stands."""
        if value:
            self.facts[Fact(use, label, value, note=note)] = None

    def add_birth(self, text: str | None, label: str = "DOB") -> None:
        """A birth date; ``dd/mm/1945`` and ``00/00/1945`` are years."""
        if text:
            self.facts[Fact("birth", label, text, span=span_of(text))] = None

    def add_day(self, kind: str, label: str, text: str | None) -> None:
        """Another date of the party."""
        if text:
            self.facts[Fact(f"date:{kind}", label, text, span=span_of(text))] = None

    def add_birth_places(self, towns: str | None, countries: str | None) -> None:
        """Places of birth; towns and countries are enumerated side by side."""
        of_towns = free_text.enumerated(towns or "")
        of_countries = free_text.enumerated(countries or "")
        if len(of_countries) == 1 and of_towns:
            of_countries *= len(of_towns)
        if len(of_towns) == len(of_countries):
            places = [f"{t}, {c}" for t, c in zip(of_towns, of_countries, strict=True)]
        else:
            places = of_towns + of_countries
        for place in places:
            self.add_fact("birth_place", "Place of birth", place)

    def add_paper(self, use: str, label: str, text: str | None) -> None:
        """A paper told in one text: number, country and days, enumerated or not."""
        for item in free_text.enumerated(text or ""):
            number, country = free_text.paper(item)
            if number is None:
                self.add_fact("other", label, item)
            else:
                self._add_paper(use, label, number, country, None if number == item else item)

    def add_papers(self, use: str, label: str, number: str | None, note: str | None) -> None:
        """Papers whose numbers and particulars stand in two columns, enumerated side by side."""
        numbers = free_text.enumerated(number or "")
        notes: list[str | None] = [*free_text.enumerated(note or "")]
        if not numbers:
            for text in notes:
                self.add_fact("other", f"{label} additional information", text)
            return
        if len(notes) != len(numbers):
            notes = [note] * len(numbers)
        for one, about in zip(numbers, notes, strict=True):
            self._add_paper(use, label, one, free_text.country(about or ""), about)

    def _add_paper(
        self, use: str, label: str, number: str, country: str | None, note: str | None
    ) -> None:
        said = note or ""
        self.facts[
            Fact(
                use, label, number, country,
                free_text.issued_on(said), free_text.expires_on(said), note,
            )
        ] = None  # fmt: skip

    def add_registrations(self, label: str, text: str | None) -> None:
        """Registration numbers; several stand in one text, some say what they are."""
        for item in free_text.enumerated(text or ""):
            for part in re.split(r"[\n;]+", item):
                number = part.strip(" .,")
                if not number:
                    continue
                m = _REGISTRY.fullmatch(number)
                if m is None:
                    self.add_fact("registration", label, number)
                    continue
                word = m["label"].lower()
                use = "tax_id" if word.startswith(_TAX_LABELS) else "registration"
                use = "lei" if word == "lei" else "other" if word[0] in "bsk" else use
                self.add_fact(use, f"{label}: {m['label']}", m["number"])

    def add_all(self, use: str, label: str, text: str | None) -> None:
        """Several values of one kind in one text: telephone numbers, sites, flags."""
        for item in free_text.enumerated(text or ""):
            for part in re.split(r"\s*;\s*|\n", item):
                self.add_fact(use, label, part.strip(" .,") or None)

    def add_regime(self, regime: str) -> None:
        """A regime; where it is named by its regulations, these are the law it rests on."""
        self.programs[regime] = None
        if "Regulations" in regime:
            self.legal_bases[regime] = None

    def add_measures(self, text: str | None) -> None:
        """Measures: ``Asset freeze|Travel Ban``."""
        self.measures |= {m: None for part in (text or "").split("|") if (m := part.strip())}

    def add_nationalities(self, text: str) -> None:
        """Nationalities, enumerated or not."""
        self.nationalities |= dict.fromkeys(free_text.enumerated(text))

    def add_un_reference(self, text: str) -> None:
        """The UN's own reference of the party, from its column; text often repeats it."""
        known = {f.value.lower() for f in self.facts if f.use == "un_reference"}
        if text.strip().lower() not in known:
            self.add_fact("un_reference", "UN Reference Number", text.strip())

    def add_links(self, relation: str, text: str | None) -> None:
        """Other parties that the list names and does not number."""
        for name in free_text.enumerated(text or ""):
            self.links[relation, name] = None

    def add_text(self, batch: Batch, text: str | None) -> None:
        """Free text: kept as remarks, and wallets and the UN's reference read from it."""
        if not text or text in self.remarks:
            return
        self.remarks[text] = None
        for ticker, address in free_text.wallets(text):
            self.facts[Fact("wallet", f"wallet in the text - {ticker}", address)] = None
        reference = free_text.un_reference(text)
        if reference:
            self.add_fact("un_reference", "UN Ref", reference)
        elif free_text.mentions_un_reference(text):
            batch.warn("UN reference in no known form")

    # ── the rows ────────────────────────────────────────────────────────────────────────────

    def stage(self, batch: Batch) -> None:
        """Stage the designation; one without any name is rejected."""
        if not self.names:
            batch.warn("designation without a name")
        primary = next((n for n, about in self.names.items() if about.kind == "primary"), None)
        if primary is None and self.names:
            # It is on the list all the same: leaving it out would hide a sanctioned party.
            primary = next(iter(self.names))
            batch.warn("designation without a primary name: its first name stands for it")
        party = Party(
            batch, self.party_id, self.record_id, self.entity_type, primary or "",
            published_form=self.published_form,
        )  # fmt: skip
        for name, about in self.names.items():
            is_main = name == primary
            # Six parties have two primary names; one is the party's, the other a spelling.
            kind = "primary" if is_main else "variation" if about.kind == "primary" else about.kind
            party.add_name(
                name,
                kind,
                is_weak=about.is_weak and not is_main,
                script=about.script,
                language=about.language,
            )
        party.programs.update(self.programs)
        party.measures.update(self.measures)
        party.legal_bases.update(self.legal_bases)
        party.nationalities.update(self.nationalities)
        party.remarks = "\n\n".join(self.remarks) or None
        party.columns["title"] = "; ".join({**self.titles, **self.positions}) or None
        for text in self.listed_on:
            span = span_of(text)
            if span is None or span.day is None:
                batch.warn("listing day not stated in full, or in no known form")
            party.listed_since(span.day if span else None)
        party.add_facts(self.facts)
        for streets, postal_code, country in self.addresses:
            stage_address(
                batch, self.party_id, self.record_id, streets,
                postal_code=postal_code, country=country,
            )  # fmt: skip
        for relation, name in self.links:
            party.add_link(relation, to_name=name)
        party.finish()


def entity_type(batch: Batch, where: str, published: str | None) -> str:
    """Our word for the UK's kind of party; ``UnknownValue`` where there is none."""
    known = _ENTITY_TYPES.get((published or "").strip().lower())
    if known is None:
        raise UnknownValue(
            f"{batch.source.name} {where}: unknown party type {(published or '')[:60]!r}, "
            f"expected {'|'.join(_ENTITY_TYPES)}"
        )
    return known
