"""OFAC's ADVANCED XML (the UN "Sanctions Data Model"), streamed, one party at a time.

In: one file of up to 130 MB. Out: staged rows. References go by number through the
ReferenceValueSets; locations and documents stand before the parties and are held, relations and
entries after them, so the parties' own rows are staged last. A wallet is every feature whose type
begins with ``Digital Currency Address - ``, whatever its number. A birth date is a range of days.

One party has an entry per list: its day and programmes are those of the list the source stands
for, since the consolidated file repeats parties of the SDN List.
"""

from transforms.errors import InputRefused
from transforms.readers.ofac_dates import published, span_of_parts, span_of_period
from transforms.readers.ofac_labels import use_of
from transforms.readers.ofac_references import NOTHING, Location, References
from transforms.readers.ofac_shapes import ADVANCED
from transforms.readers.ofac_words import (
    entity_type,
    is_own_list,
    name_type,
    refuse_other_list,
    relation,
)
from transforms.readers.party import Fact, Party
from transforms.readers.party_rows import stage_address, stage_link
from transforms.readers.words import report_sections, report_word, script
from transforms.readers.xml import (
    Document,
    Element,
    child,
    child_text,
    children,
    raw_of,
    text_of,
    unknown_names,
)
from transforms.sources.base import RawFile
from transforms.sources.batch import Batch


def parse(file: RawFile, document: Document, batch: Batch) -> None:
    """Stage one ADVANCED XML file."""
    reader = _Reader(file, batch)
    steps = {
        "DateOfIssue": reader.date_of_issue,
        "ReferenceValueSets": reader.references.load,
        "Locations/Location": reader.location,
        "IDRegDocuments/IDRegDocument": reader.document,
        "DistinctParties/DistinctParty": reader.party,
        "ProfileRelationships/ProfileRelationship": reader.relation,
        "SanctionsEntries/SanctionsEntry": reader.entry,
    }
    for path, element in document.records(*steps):
        if path != "ReferenceValueSets":
            for name in unknown_names(element, ADVANCED):
                report_word(batch, "element", name)
        steps[path](element)
    # Which entry replaced which; what was known when follows from the snapshots.
    report_sections(batch, document, "Sanctions/SanctionsEntryLinks")
    reader.finish()


class _Reader:
    """What has been read so far of one file."""

    def __init__(self, file: RawFile, batch: Batch) -> None:
        self.batch = batch
        self.file = file
        self.where = f"{batch.source.name} {file.name}"
        self.references = References(self.where)
        self._locations: dict[str, Location] = {}
        self._documents: dict[str, list[Fact]] = {}  # by identity
        self._parties: dict[str, Party] = {}  # by profile
        self._listed: set[str] = set()  # profiles with an entry on the source's own list

    # ── what stands before the parties ──────────────────────────────────────────────────────

    def date_of_issue(self, element: Element) -> None:
        span = span_of_parts(element)
        self.batch.dated(span.day if span else None)

    def location(self, element: Element) -> None:
        self._locations[element.get("ID", "")] = self.references.location(element)

    def document(self, element: Element) -> None:
        fact = self.references.document(element)
        if fact is None:
            record_id = f"IDRegDocument {element.get('ID')}"
            self._reject("a document without a number", record_id, raw_of(element))
            return
        self._documents.setdefault(element.get("IdentityID", ""), []).append(fact)

    # ── a party ─────────────────────────────────────────────────────────────────────────────

    def party(self, element: Element) -> None:
        self.batch.read()
        party_id = element.get("FixedRef", "")
        record_id = f"FixedRef {party_id}"
        profile = child(element, "Profile")
        if profile is None or not party_id:
            self._reject_party("a party without a profile or FixedRef", record_id, element)
            return
        if profile.get("ID") in self._parties:
            self._reject_party(f"{record_id} stands in the file twice", record_id, element)
            return
        kind = self._kind(profile, f"{self.file.name} record {party_id}")
        names = self._names(profile)
        primary = next(
            (name for name, kind_of_name, _, _ in names if kind_of_name == "primary"), ""
        )
        if not primary:
            self._reject_party("a party without a primary name", record_id, element)
            return
        party = Party(self.batch, party_id, record_id, kind, primary, published_form="ADVANCED XML")
        for name, kind_of_name, is_weak, of_script in names:
            party.add_name(name, kind_of_name, is_weak=is_weak, script=of_script)
        comments = [child_text(element, "Comment"), child_text(profile, "Comment")]
        party.remarks = "; ".join(c for c in comments if c) or None
        for identity in children(profile, "Identity"):
            party.add_facts(self._documents.pop(identity.get("ID", ""), ()))
        for feature in children(profile, "Feature"):
            self._feature(party, feature)
        self._parties[profile.get("ID", "")] = party

    def _kind(self, profile: Element, where: str) -> str:
        number = profile.get("PartySubTypeID")
        word = self.references.text("PartySubType", number)
        if word in NOTHING:  # told by the type above: individual or entity
            above = self.references.attribute("PartySubType", number, "PartyTypeID")
            word = self.references.text("PartyType", above)
        return entity_type(self.batch, where, word)

    def _names(self, profile: Element) -> list[tuple[str, str, bool, str | None]]:
        """Names of all identities as (name, type, is weak, script)."""
        names = []
        for identity in children(profile, "Identity"):
            for alias, documented in self.references.names(identity):
                if documented.name is None:
                    self.batch.warn("name without a text")
                    continue
                word = self.references.text("AliasType", alias.get("AliasTypeID"))
                kind = name_type(self.batch, word)
                if kind == "primary" and identity.get("Primary") == "false":
                    kind = "aka"
                elif kind == "primary" and documented.status != "Primary Latin":
                    kind = "variation"  # the main name in its own script
                is_weak = alias.get("LowQuality") == "true"
                names.append(
                    (documented.name, kind, is_weak, script(self.batch, documented.script))
                )
        return names

    def _feature(self, party: Party, feature: Element) -> None:
        label = self.references.text("FeatureType", feature.get("FeatureTypeID"))
        use = use_of(label)
        for version in children(feature, "FeatureVersion"):
            places = [
                self._location_of(e.get("LocationID")) for e in children(version, "VersionLocation")
            ]
            note = child_text(version, "Comment")
            if use == "location":
                for p in places:
                    stage_address(
                        self.batch, party.party_id, party.record_id, p.streets, city=p.city,
                        region=p.region, postal_code=p.postal_code, country=p.country, remarks=note,
                    )  # fmt: skip
                continue
            span = span_of_period(child(version, "DatePeriod"))
            values = [published(span)] if span else []
            values += self._details(version)
            # Some countries stand as a part of unknown kind and not as a country.
            values += [v for p in places if (v := p.country or ", ".join(p.streets))]
            if not values:
                report_word(self.batch, "empty feature", label)
            party.add_facts(Fact(use, label, v, note=note, span=span) for v in values)

    def _details(self, version: Element) -> list[str]:
        details = []
        for detail in children(version, "VersionDetail"):
            if number := detail.get("DetailReferenceID"):
                details.append(self.references.text("DetailReference", number))
            elif text := text_of(detail):
                details.append(text)
        return details

    def _location_of(self, number: str | None) -> Location:
        try:
            return self._locations[number or ""]
        except KeyError:
            raise InputRefused(
                f"{self.where}: expected Location {number} among the Locations, found none"
            ) from None

    # ── what stands behind the parties ──────────────────────────────────────────────────────

    def relation(self, element: Element) -> None:
        record_id = f"ProfileRelationship {element.get('ID')}"
        start = self._parties.get(element.get("From-ProfileID", ""))
        end = self._parties.get(element.get("To-ProfileID", ""))
        if start is None:
            reason = "a relation of a party that is not in the file"
            self._reject(reason, record_id, raw_of(element))
            return
        if end is None:
            self.batch.warn("relation to a party that is not in the file")
        kind = relation(
            self.batch, self.references.text("RelationType", element.get("RelationTypeID"))
        )
        stage_link(
            self.batch,
            start.party_id,
            record_id,
            f"{kind} (former)" if element.get("Former") == "true" else kind,
            to_party_id=end.party_id if end else element.get("To-ProfileID"),
            to_name=end.name if end else None,
        )

    def entry(self, element: Element) -> None:
        profile = element.get("ProfileID", "")
        party = self._parties.get(profile)
        if party is None:
            record_id = f"SanctionsEntry {element.get('ID')}"
            reason = "an entry of a party that is not in the file"
            self._reject(reason, record_id, raw_of(element))
            return
        if not is_own_list(self.batch, self.references.text("List", element.get("ListID"))):
            return
        self._listed.add(profile)
        for event in children(element, "EntryEvent"):
            span = span_of_parts(child(event, "Date"))
            party.listed_since(span.day if span else None)
            basis = self.references.text("LegalBasis", event.get("LegalBasisID"))
            if basis not in NOTHING:
                party.legal_bases.add(basis)
        for measure in children(element, "SanctionsMeasure"):
            kind = self.references.text("SanctionsType", measure.get("SanctionsTypeID"))
            if kind != "Program":
                party.measures.add(kind)
            elif program := child_text(measure, "Comment"):
                party.programs.add(program)

    def finish(self) -> None:
        """Stage the parties' own rows, once entries and relations are known."""
        refuse_other_list(self.batch, self.file, len(self._parties), len(self._listed))
        for profile, party in self._parties.items():
            if profile not in self._listed:
                self.batch.warn("party without an entry on this list")
            party.finish()
        for identity, facts in self._documents.items():
            for fact in facts:
                raw = f"{fact.label} {fact.value}"
                self._reject("a document of an unknown identity", f"Identity {identity}", raw)

    def _reject(self, reason: str, record_id: str, raw: str) -> None:
        self.batch.reject(
            reason, file=self.file.name, record_id=record_id, raw=raw, is_record=False
        )

    def _reject_party(self, reason: str, record_id: str, element: Element) -> None:
        self.batch.reject(reason, file=self.file.name, record_id=record_id, raw=raw_of(element))
