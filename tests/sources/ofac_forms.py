"""Writes one list of parties in all of OFAC's forms, as the publisher would on one day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.sax.saxutils import escape

KINDS = {"Individual": 4, "Entity": 3, "Vessel": 1, "Aircraft": 2}
ALIASES = {"A.K.A.": 1400, "F.K.A.": 1401, "N.K.A.": 1402}
TICKERS = {"XBT": 344, "ETH": 345, "TRX": 992, "NEWCOIN": 9999}
ENHANCED = "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ENHANCED_XML"
DELTA = "https://www.treasury.gov/ofac/DeltaFile/1.0"


@dataclass(frozen=True)
class Party:
    """A party; ids of its elements follow from its own."""

    uid: int
    last: str
    first: str = ""
    kind: str = "Entity"
    programs: tuple[str, ...] = ("SDGT",)
    aliases: tuple[tuple[str, str, bool], ...] = ()  # type, name, weak
    wallets: tuple[tuple[str, str], ...] = ()
    born: str = ""
    cities: tuple[str, ...] = ()
    remarks: str = ""

    @property
    def name(self) -> str:
        return ", ".join(x for x in (self.last.upper(), self.first) if x)

    def with_(self, **changes: object) -> "Party":
        return replace(self, **changes)  # type: ignore[arg-type]  # fields of this very class


def csv_set(parties: Sequence[Party], folder: Path) -> Path:
    """sdn.csv, alt.csv, add.csv and sdn_comments.csv, remarks cut at 1,000 characters."""
    folder.mkdir(parents=True)
    files: dict[str, list[str]] = {"sdn": [], "alt": [], "add": [], "sdn_comments": []}
    number = 0
    for p in parties:
        said = [p.remarks.rstrip(".")] if p.remarks else []
        said += [f"DOB {p.born}"] if p.born else []
        said += [f"{kind.lower()} '{name.upper()}'" for kind, name, weak in p.aliases if weak]
        said += [f"Digital Currency Address - {t} {a}" for t, a in p.wallets]
        remarks = "; ".join(said)
        remarks = f"{remarks}." if remarks else "-0- "
        kind = "-0- " if p.kind == "Entity" else f'"{p.kind.lower()}"'
        cut, rest = remarks[:1000], remarks[1000:]
        quoted = cut if cut == "-0- " else f'"{cut}"'
        programs = "] [".join(p.programs)
        files["sdn"].append(f'{p.uid},"{p.name}",{kind},"{programs}",' + "-0- ," * 7 + quoted)
        if rest:
            files["sdn_comments"].append(f'{p.uid},"{rest}"')
        for kind_of, name, is_weak in p.aliases:
            number += 1
            if not is_weak:
                word = kind_of.replace(".", "").lower()
                files["alt"].append(f'{p.uid},{number},"{word}","{name.upper()}",-0- ')
        for city in p.cities:
            number += 1
            files["add"].append(f'{p.uid},{number},-0- ,"{city}","Iran",-0- ')
    for name, lines in files.items():
        text = "".join(f"{line}\r\n" for line in lines)
        (folder / f"{name}.csv").write_bytes(text.encode() + b"\x1a")
    return folder


def advanced(parties: Sequence[Party], path: Path, day: str) -> Path:
    """SDN_ADVANCED.XML; names in their own letters, wallets as features by number."""
    year, month, dom = (int(x) for x in day.split("-"))
    programs = sorted({x for p in parties for x in p.programs})
    tickers = sorted({t for p in parties for t, _ in p.wallets})
    features = "".join(
        f'<FeatureType ID="{TICKERS[t]}">Digital Currency Address - {t}</FeatureType>'
        for t in tickers
    )
    body, entries, locations = [], [], []
    for p in parties:
        names = [(1403, True, False, p.last, p.first)]
        names += [(ALIASES[k], False, weak, n, "") for k, n, weak in p.aliases]
        aliases, groups, number = [], [], p.uid * 100
        last_type, first_type = ("1520", "1521") if p.kind == "Individual" else ("1525", "1521")
        for type_id, is_primary, is_weak, last, first in names:
            parts = []
            for text, kind in ((last, last_type), (first, first_type)):
                if text:
                    number += 1
                    groups.append(
                        f'<MasterNamePartGroup><NamePartGroup ID="{number}" '
                        f'NamePartTypeID="{kind}" /></MasterNamePartGroup>'
                    )
                    parts.append(
                        f'<DocumentedNamePart><NamePartValue NamePartGroupID="{number}" '
                        f'ScriptID="215" ScriptStatusID="1" Acronym="false">{escape(text)}'
                        "</NamePartValue></DocumentedNamePart>"
                    )
            aliases.append(
                f'<Alias FixedRef="{p.uid}" AliasTypeID="{type_id}" '
                f'Primary="{str(is_primary).lower()}" LowQuality="{str(is_weak).lower()}">'
                f'<DocumentedName ID="{number}" FixedRef="{p.uid}" '
                f'DocNameStatusID="{1 if is_primary else 2}">{"".join(parts)}</DocumentedName>'
                "</Alias>"
            )
        found = [
            f'<Feature ID="{p.uid}{i}" FeatureTypeID="{TICKERS[t]}">'
            f'<FeatureVersion ID="{p.uid}{i}" ReliabilityID="1"><Comment />'
            f'<VersionDetail DetailTypeID="1432">{a}</VersionDetail>'
            "</FeatureVersion></Feature>"
            for i, (t, a) in enumerate(p.wallets)
        ]
        for i, city in enumerate(p.cities):
            place = p.uid * 1000 + i
            locations.append(
                f'<Location ID="{place}"><LocationCountry CountryID="11109" '
                'CountryRelevanceID="1413" /><LocationPart LocPartTypeID="1454">'
                f'<LocationPartValue Primary="true"><Comment /><Value>{city}</Value>'
                "</LocationPartValue></LocationPart></Location>"
            )
            found.append(
                f'<Feature ID="{place}" FeatureTypeID="25"><FeatureVersion ID="{place}" '
                f'ReliabilityID="1"><Comment /><VersionLocation LocationID="{place}" />'
                "</FeatureVersion></Feature>"
            )
        comment = f"<Comment>{escape(p.remarks)}</Comment>" if p.remarks else "<Comment />"
        body.append(
            f'<DistinctParty FixedRef="{p.uid}">{comment}<Profile ID="{p.uid}" '
            f'PartySubTypeID="{KINDS[p.kind]}"><Identity ID="{p.uid}" FixedRef="{p.uid}" '
            f'Primary="true" False="false">{"".join(aliases)}<NamePartGroups>{"".join(groups)}'
            f"</NamePartGroups></Identity>{''.join(found)}</Profile></DistinctParty>"
        )
        measures = "".join(
            f'<SanctionsMeasure ID="{p.uid}{i}" SanctionsTypeID="1"><Comment>{x}</Comment>'
            "</SanctionsMeasure>"
            for i, x in enumerate(p.programs)
        )
        entries.append(
            f'<SanctionsEntry ID="{p.uid}" ProfileID="{p.uid}" ListID="1550">'
            f'<EntryEvent ID="{p.uid}" EntryEventTypeID="1" LegalBasisID="1"><Comment /><Date '
            'CalendarTypeID="1"><Year>2022</Year><Month>8</Month><Day>8</Day></Date></EntryEvent>'
            f"{measures}</SanctionsEntry>"
        )
    assert programs
    path.write_text(
        '<?xml version="1.0" encoding="utf-8"?><Sanctions '
        'xmlns="https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/'
        f'ADVANCED_XML"><DateOfIssue CalendarTypeID="1"><Year>{year}</Year><Month>{month}</Month>'
        f"<Day>{dom}</Day></DateOfIssue><ReferenceValueSets><AliasTypeValues>"
        '<AliasType ID="1400">A.K.A.</AliasType><AliasType ID="1401">F.K.A.</AliasType>'
        '<AliasType ID="1402">N.K.A.</AliasType><AliasType ID="1403">Name</AliasType>'
        '</AliasTypeValues><CountryValues><Country ID="11109" ISO2="IR">Iran</Country>'
        '</CountryValues><DocNameStatusValues><DocNameStatus ID="1">Primary Latin</DocNameStatus>'
        '<DocNameStatus ID="2">Others</DocNameStatus></DocNameStatusValues><FeatureTypeValues>'
        f'<FeatureType ID="25">Location</FeatureType>{features}</FeatureTypeValues>'
        '<LegalBasisValues><LegalBasis ID="1">Unknown</LegalBasis></LegalBasisValues><ListValues>'
        '<List ID="1550">SDN List</List></ListValues><LocPartTypeValues>'
        '<LocPartType ID="1454">CITY</LocPartType></LocPartTypeValues><NamePartTypeValues>'
        '<NamePartType ID="1520">Last Name</NamePartType>'
        '<NamePartType ID="1521">First Name</NamePartType>'
        '<NamePartType ID="1525">Entity Name</NamePartType></NamePartTypeValues>'
        '<PartySubTypeValues><PartySubType ID="1" PartyTypeID="4">Vessel</PartySubType>'
        '<PartySubType ID="2" PartyTypeID="4">Aircraft</PartySubType>'
        '<PartySubType ID="3" PartyTypeID="2">Unknown</PartySubType>'
        '<PartySubType ID="4" PartyTypeID="1">Unknown</PartySubType></PartySubTypeValues>'
        '<PartyTypeValues><PartyType ID="1">Individual</PartyType>'
        '<PartyType ID="2">Entity</PartyType><PartyType ID="4">Transport</PartyType>'
        '</PartyTypeValues><SanctionsTypeValues><SanctionsType ID="1">Program</SanctionsType>'
        '</SanctionsTypeValues><ScriptValues><Script ID="215" ScriptCode="Latin">Latin</Script>'
        f"</ScriptValues></ReferenceValueSets><Locations>{''.join(locations)}</Locations>"
        f"<IDRegDocuments /><DistinctParties>{''.join(body)}</DistinctParties>"
        f"<ProfileRelationships /><SanctionsEntries>{''.join(entries)}</SanctionsEntries>"
        "</Sanctions>",
        "utf-8",
    )
    return path


def entity(p: Party, action: str = "") -> str:
    """An entity of the ENHANCED form; ids of elements follow from the party's."""
    names = [("", p.name, False)] + [(k, n.upper(), weak) for k, n, weak in p.aliases]
    words = f' action="{action}"' if action else ""
    return (
        f'<entity id="{p.uid}"{words}><generalInfo><entityType>{p.kind}</entityType>'
        + (f"<remarks>{escape(p.remarks)}</remarks>" if p.remarks else "")
        + '</generalInfo><sanctionsLists><sanctionsList datePublished="2022-08-08">SDN List'
        "</sanctionsList></sanctionsLists><sanctionsPrograms>"
        + "".join(f"<sanctionsProgram>{x}</sanctionsProgram>" for x in p.programs)
        + "</sanctionsPrograms><names>"
        + "".join(name_of(p, i, k, n, is_weak=weak) for i, (k, n, weak) in enumerate(names))
        + "</names><addresses>"
        + "".join(address_of(p, i, c) for i, c in enumerate(p.cities))
        + "</addresses><features>"
        + "".join(wallet_of(p, i, *w) for i, w in enumerate(p.wallets))
        + (feature(p.uid * 100 + 99, "Birthdate", p.born) if p.born else "")
        + "</features></entity>"
    )


def name_of(p: Party, place: int, kind: str, name: str, *, is_weak: bool, action: str = "") -> str:
    words = f' action="{action}"' if action else ""
    alias = f"<aliasType>{kind}</aliasType>" if kind else ""
    return (
        f'<name id="{p.uid * 100 + place}"{words}><isPrimary>{str(not kind).lower()}</isPrimary>'
        f"{alias}<isLowQuality>{str(is_weak).lower()}</isLowQuality><translations><translation>"
        "<isPrimary>true</isPrimary><script>Latin</script><formattedFullName>"
        f"{escape(name)}</formattedFullName></translation></translations></name>"
    )


def address_of(p: Party, place: int, city: str, action: str = "") -> str:
    words = f' action="{action}"' if action else ""
    return (
        f'<address id="{p.uid * 100 + 50 + place}"{words}><country>Iran</country><translations>'
        "<translation><addressParts><addressPart><type>CITY</type>"
        f"<value>{city}</value></addressPart></addressParts></translation></translations></address>"
    )


def wallet_of(p: Party, place: int, ticker: str, address: str, action: str = "") -> str:
    label = f"Digital Currency Address - {ticker}"
    return feature(p.uid * 100 + 70 + place, label, address, action)


def feature(number: int, label: str, value: str, action: str = "") -> str:
    words = f' action="{action}"' if action else ""
    return f'<feature id="{number}"{words}><type>{label}</type><value>{value}</value></feature>'


def enhanced(parties: Sequence[Party], path: Path, day: str, filters: str = "") -> Path:
    """A list in the ENHANCED form, whole where there are no filters."""
    path.write_text(
        f'<?xml version="1.0" encoding="utf-8"?><sanctionsData xmlns="{ENHANCED}">'
        f"<publicationInfo><dataAsOf>{day}T00:00:00-05:00</dataAsOf>"
        f"<filters>{filters}</filters></publicationInfo>"
        f"<entities>{''.join(map(entity, parties))}</entities></sanctionsData>",
        "utf-8",
    )
    return path


def delta(entities: Sequence[str], path: Path, day: str) -> Path:
    """A file of changes."""
    path.write_text(
        f'<?xml version="1.0" encoding="utf-8"?><sanctionsData xmlns="{DELTA}"><publicationInfo>'
        f"<datePublished>{day}T00:00:00-05:00</datePublished><publicationType>Standard Action"
        f"</publicationType></publicationInfo><entities>{''.join(entities)}</entities>"
        "</sanctionsData>",
        "utf-8",
    )
    return path


def changed(uid: int, body: str) -> str:
    """An entity without an action: only its children changed."""
    return f'<entity id="{uid}">{body}</entity>'


def simple(parties: Sequence[Party], path: Path, day: str) -> Path:
    """SDN.XML: aliases with a category, wallets among the identifiers."""
    year, month, dom = day.split("-")
    entries = []
    for p in parties:
        first = f"<firstName>{escape(p.first)}</firstName>" if p.first else ""
        programs = "".join(f"<program>{x}</program>" for x in p.programs)
        wallets = "".join(
            f"<id><uid>{p.uid}{i}</uid><idType>Digital Currency Address - {t}</idType>"
            f"<idNumber>{a}</idNumber></id>"
            for i, (t, a) in enumerate(p.wallets)
        )
        aliases = "".join(
            f"<aka><uid>{p.uid}{i}</uid><type>{k.lower()}</type><category>"
            f"{'weak' if weak else 'strong'}</category>"
            f"<lastName>{escape(n.upper())}</lastName></aka>"
            for i, (k, n, weak) in enumerate(p.aliases)
        )
        cities = "".join(
            f"<address><uid>{p.uid}{i}</uid><city>{c}</city><country>Iran</country></address>"
            for i, c in enumerate(p.cities)
        )
        entries.append(
            f"<sdnEntry><uid>{p.uid}</uid>{first}<lastName>{escape(p.last.upper())}</lastName>"
            f"<sdnType>{p.kind}</sdnType><programList>{programs}</programList><idList>{wallets}"
            f"</idList><akaList>{aliases}</akaList><addressList>{cities}</addressList></sdnEntry>"
        )
    path.write_text(
        '<?xml version="1.0" encoding="utf-8"?><sdnList xmlns="https://sanctionslistservice.ofac.'
        'treas.gov/api/PublicationPreview/exports/XML"><publshInformation><Publish_Date>'
        f"{month}/{dom}/{year}</Publish_Date><Record_Count>{len(parties)}</Record_Count>"
        f"</publshInformation>{''.join(entries)}</sdnList>",
        "utf-8",
    )
    return path
