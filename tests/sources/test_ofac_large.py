"""A generated ADVANCED XML as large as the SDN List's: memory must not follow its size."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

# The largest published file has about this many parties in about as many bytes.
PARTIES = 18_000
AT_LEAST_BYTES = 130_000_000
# Interpreter, lxml, pyarrow and duckdb alone are about 120 MB.
RSS_LIMIT_MB = 300

SETS = """
 <AliasTypeValues><AliasType ID="1400">A.K.A.</AliasType><AliasType ID="1403">Name</AliasType>
 </AliasTypeValues>
 <AreaCodeValues>
 <AreaCode ID="11171" CountryID="11171" Description="Russia" AreaCodeTypeID="1">RU</AreaCode>
 </AreaCodeValues>
 <CountryValues><Country ID="11171" ISO2="RU">Russia</Country></CountryValues>
 <DocNameStatusValues><DocNameStatus ID="1">Primary Latin</DocNameStatus>
 <DocNameStatus ID="2">Others</DocNameStatus></DocNameStatusValues>
 <FeatureTypeValues><FeatureType ID="8">Birthdate</FeatureType>
 <FeatureType ID="14">Website</FeatureType><FeatureType ID="25">Location</FeatureType>
 <FeatureType ID="345">Digital Currency Address - ETH</FeatureType></FeatureTypeValues>
 <IDRegDocTypeValues><IDRegDocType ID="1571">Passport</IDRegDocType></IDRegDocTypeValues>
 <LegalBasisValues><LegalBasis ID="1828">Executive Order 13224 (Terrorism)</LegalBasis>
 </LegalBasisValues>
 <ListValues><List ID="1550">SDN List</List></ListValues>
 <LocPartTypeValues><LocPartType ID="1451">ADDRESS1</LocPartType>
 <LocPartType ID="1454">CITY</LocPartType></LocPartTypeValues>
 <NamePartTypeValues><NamePartType ID="1520">Last Name</NamePartType>
 <NamePartType ID="1521">First Name</NamePartType></NamePartTypeValues>
 <PartySubTypeValues><PartySubType ID="4" PartyTypeID="1">Unknown</PartySubType>
 </PartySubTypeValues>
 <PartyTypeValues><PartyType ID="1">Individual</PartyType></PartyTypeValues>
 <RelationTypeValues><RelationType ID="15003">Owned or Controlled By</RelationType>
 </RelationTypeValues>
 <SanctionsTypeValues><SanctionsType ID="1">Program</SanctionsType>
 <SanctionsType ID="1705">Block</SanctionsType></SanctionsTypeValues>
 <ScriptValues><Script ID="215" ScriptCode="Latin">Latin</Script></ScriptValues>
 <ValidityValues><Validity ID="1">Valid</Validity></ValidityValues>
"""

LOCATION = """
  <Location ID="{i}"><LocationAreaCode AreaCodeID="11171" />
 <LocationCountry CountryID="11171" CountryRelevanceID="1413" />
   <LocationPart LocPartTypeID="1451">
 <LocationPartValue Primary="true" LocPartValueTypeID="1" LocPartValueStatusID="1"><Comment />
 <Value>{i} Synthetic Street</Value></LocationPartValue></LocationPart>
   <LocationPart LocPartTypeID="1454">
 <LocationPartValue Primary="true" LocPartValueTypeID="1" LocPartValueStatusID="1"><Comment />
 <Value>Moscow</Value></LocationPartValue></LocationPart>
   <FeatureVersionReference FeatureVersionID="{i}" /></Location>"""

DOCUMENT = """
  <IDRegDocument ID="{i}" IDRegDocTypeID="1571" IdentityID="{i}" IssuedBy-CountryID="11171"
  ValidityID="1"><Comment /><IDRegistrationNo>P{i:09d}</IDRegistrationNo><IssuingAuthority />
 <DocumentedNameReference DocumentedNameID="{i}" /></IDRegDocument>"""

NAME = """
     <Alias FixedRef="{i}" AliasTypeID="{kind}" Primary="{primary}" LowQuality="false">
      <DocumentedName ID="{i}" FixedRef="{i}" DocNameStatusID="{status}">
       <DocumentedNamePart>
 <NamePartValue NamePartGroupID="a{i}" ScriptID="215" ScriptStatusID="1"
  Acronym="false">SYNTHETIC {n}</NamePartValue></DocumentedNamePart>
       <DocumentedNamePart>
 <NamePartValue NamePartGroupID="b{i}" ScriptID="215" ScriptStatusID="1"
  Acronym="false">Party {i}</NamePartValue></DocumentedNamePart>
      </DocumentedName>
     </Alias>"""

FEATURE = """
    <Feature ID="{i}" FeatureTypeID="{kind}"><FeatureVersion ID="{i}" ReliabilityID="1560">
 <Comment />{body}</FeatureVersion>
 <IdentityReference IdentityID="{i}" IdentityFeatureLinkTypeID="1" /></Feature>"""

DAY = "<Year>19{y}</Year><Month>1</Month><Day>1</Day>"
LAST_DAY = "<Year>19{y}</Year><Month>12</Month><Day>31</Day>"
END = (
    '<{tag} Approximate="false" YearFixed="false" MonthFixed="false" DayFixed="false">'
    "<From>{day}</From><To>{day}</To></{tag}>"
)

ENTRY = """
  <SanctionsEntry ID="{i}" ProfileID="{i}" ListID="1550">
 <EntryEvent ID="{i}" EntryEventTypeID="1" LegalBasisID="1828"><Comment />
 <Date CalendarTypeID="1"><Year>2021</Year><Month>4</Month><Day>15</Day></Date></EntryEvent>
   <SanctionsMeasure ID="{i}" SanctionsTypeID="1"><Comment>SDGT</Comment>
 <DatePeriod CalendarTypeID="1" YearFixed="true" MonthFixed="true" DayFixed="true" />
 </SanctionsMeasure>
   <SanctionsMeasure ID="b{i}" SanctionsTypeID="1705"><Comment />
 <DatePeriod CalendarTypeID="1" YearFixed="true" MonthFixed="true" DayFixed="true" />
 </SanctionsMeasure></SanctionsEntry>"""


def party(i: int) -> str:
    names = NAME.format(i=i, kind=1403, primary="true", status=1, n=0)
    names += "".join(
        NAME.format(i=i, kind=1400, primary="false", status=2, n=n) for n in range(1, 5)
    )
    y = 30 + i % 60
    period = (
        '<DatePeriod CalendarTypeID="1" YearFixed="false" MonthFixed="false" DayFixed="false">'
        + END.format(tag="Start", day=DAY.format(y=y))
        + END.format(tag="End", day=LAST_DAY.format(y=y))
        + '</DatePeriod><VersionDetail DetailTypeID="1430" />'
    )
    features = FEATURE.format(i=i, kind=8, body=period)
    features += FEATURE.format(i=i, kind=25, body=f'<VersionLocation LocationID="{i}" />')
    text = '<VersionDetail DetailTypeID="1432">{}</VersionDetail>'
    for n in range(5):
        site = f"www.synthetic-{i}-{n}.example/" + "x" * 150
        features += FEATURE.format(i=i, kind=14, body=text.format(site))
    if i % 20 == 0:
        features += FEATURE.format(i=i, kind=345, body=text.format(f"0x{i:040x}"))
    return (
        f'\n  <DistinctParty FixedRef="{i}"><Comment>{"Synthetic remark. " * 40}</Comment>'
        f'<Profile ID="{i}" PartySubTypeID="4"><Identity ID="{i}" FixedRef="{i}" Primary="true" '
        f'False="false">{names}<NamePartGroups><MasterNamePartGroup><NamePartGroup ID="a{i}" '
        f'NamePartTypeID="1520" /></MasterNamePartGroup><MasterNamePartGroup><NamePartGroup '
        f'ID="b{i}" NamePartTypeID="1521" /></MasterNamePartGroup></NamePartGroups></Identity>'
        f"{features}</Profile></DistinctParty>"
    )


def write(path: Path) -> None:
    ids = range(1, PARTIES + 1)
    with path.open("w", encoding="utf-8") as f:
        f.write(
            '<?xml version="1.0" encoding="utf-8"?>\n<Sanctions xmlns="http://www.un.org/sanctions/1.0">'
        )
        f.write('<DateOfIssue CalendarTypeID="1"><Year>2026</Year><Month>3</Month>')
        f.write("<Day>17</Day></DateOfIssue>")
        f.write(f"<ReferenceValueSets>{SETS}</ReferenceValueSets>\n <Locations>")
        f.writelines(LOCATION.format(i=i) for i in ids)
        f.write("</Locations><IDRegDocuments>")
        f.writelines(DOCUMENT.format(i=i) for i in ids)
        f.write("</IDRegDocuments><DistinctParties>")
        f.writelines(map(party, ids))
        f.write("</DistinctParties><ProfileRelationships>")
        f.writelines(
            f'<ProfileRelationship ID="{i}" From-ProfileID="{i}" To-ProfileID="1" '
            'RelationTypeID="15003" RelationQualityID="1" Former="false" '
            f'SanctionsEntryID="{i}"><Comment /></ProfileRelationship>'
            for i in ids
            if i % 10 == 2
        )
        f.write("</ProfileRelationships><SanctionsEntries>")
        f.writelines(ENTRY.format(i=i) for i in ids)
        f.write("</SanctionsEntries><SanctionsEntryLinks /></Sanctions>")


# Runs as its own process, so that its peak memory is the parser's and not pytest's.
CHILD = """
import json, sys, time
from pathlib import Path
import duckdb
from transforms.sources import registry
from transforms.sources.base import RawFile, RawSet
from transforms.sources.batch import Batch

path = Path(sys.argv[1])
raw = RawSet("ofac_sdn", (RawFile(path.name, path, "0" * 64, path.stat().st_size),), "0"
  * 64, None, "none", {})
start = time.monotonic()
batch = Batch(registry.source("ofac_sdn"), raw, path.parent / "candidate", duckdb.connect)
registry.parser("ofac_sdn")(raw, batch)
candidate = batch.close()
print(json.dumps({
    "rows": {t.table: t.rows for t in candidate.tables},
    "warnings": candidate.warnings,
    "seconds": round(time.monotonic() - start, 1),
    # Not getrusage: its peak is the forking test runner's where that was larger.
    "rss_mb": int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024,
}))
"""


@pytest.mark.slow
def test_a_file_as_large_as_the_sdn_list_is_read_in_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "sdn_advanced.xml"
    write(path)
    assert path.stat().st_size >= AT_LEAST_BYTES
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["rows"]["staged.designations"] == PARTIES
    assert found["rows"]["staged.designation_names"] == 5 * PARTIES
    assert found["rows"]["staged.designation_wallets"] == PARTIES // 20
    assert found["rows"]["staged.designation_links"] == PARTIES // 10
    assert found["warnings"] == {}
    assert found["rss_mb"] < RSS_LIMIT_MB
