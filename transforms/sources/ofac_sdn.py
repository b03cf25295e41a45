"""OFAC's Specially Designated Nationals and Blocked Persons List.

In: the CSV set (sdn, alt, add, sdn_comments), a lone sdn.csv, the simple, ADVANCED or ENHANCED
XML, or a DELTA XML, applied to the snapshot the lake serves. Out: one row per party with its
names, wallets, identifiers, addresses, dates and links.
``party_id`` is the uid (FixedRef in the ADVANCED XML).
Formats: https://ofac.treasury.gov/sanctions-list-service

Oddities: told in the reader of each form, ``transforms.readers.ofac_*``.
"""

from transforms.readers import ofac
from transforms.sources.base import BatchName, Family, Grouping, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="ofac_sdn",
    family=Family.DESIGNATIONS,
    publisher="Office of Foreign Assets Control, US Department of the Treasury",
    page="https://ofac.treasury.gov/specially-designated-nationals-and-blocked-persons-list-sdn-human-readable-lists",
    format="CSV set; simple, ADVANCED, ENHANCED or DELTA XML",
    licence="US government work, public domain",
    # OFAC publishes on some days several times, on others not at all.
    cadence="0 6 * * *",
    grouping=Grouping.NAMED_SET,
    batch_name=BatchName.DATE,
    # One file holds what the four CSV files hold together, and the listing days besides.
    urls=(
        "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/SDN_ADVANCED.XML",
    ),
    # Answers lead to signed URLs of a bucket (2026: wc2h-sls-prod-public-published) in the region
    # where only accounts vetted by the US government have one.
    hosts=("sanctionslistservice.ofac.treas.gov", ".s3.us-gov-west-1.amazonaws.com"),
    set_names=("sdn.csv", "alt.csv", "add.csv", "sdn_comments.csv"),
    suffixes=(".csv", ".xml"),
    options=("part",),
    # Both lists come in the same forms: the file's name tells them apart.
    headers=(("<sdnList>",), ("<Sanctions>",), ("<sanctionsData>",)),
)


def parse(raw: RawSet, batch: Batch) -> None:
    """Stage one snapshot of the list."""
    ofac.parse(raw, batch)
