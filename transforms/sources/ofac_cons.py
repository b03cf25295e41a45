"""OFAC's Consolidated Sanctions List: all its lists but the SDN List.

In: the CSV set (cons_prim, cons_alt, cons_add, cons_comments), a lone cons_prim.csv, or the
simple, ADVANCED, ENHANCED or DELTA XML. Out: as ``ofac_sdn``, whose readers it shares. Parties
that also stand on the SDN List keep here the day and the programmes of this one's lists.
Formats: https://ofac.treasury.gov/sanctions-list-service
"""

from transforms.readers import ofac
from transforms.sources.base import BatchName, Family, Grouping, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="ofac_cons",
    family=Family.DESIGNATIONS,
    publisher="Office of Foreign Assets Control, US Department of the Treasury",
    page="https://ofac.treasury.gov/consolidated-sanctions-list-non-sdn-lists",
    format="CSV set; simple, ADVANCED, ENHANCED or DELTA XML",
    licence="US government work, public domain",
    # OFAC publishes on some days several times, on others not at all.
    cadence="15 6 * * *",
    grouping=Grouping.NAMED_SET,
    batch_name=BatchName.DATE,
    # One file holds what the four CSV files hold together, and the listing days besides.
    urls=(
        "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/CONS_ADVANCED.XML",
    ),
    # Answers lead to signed URLs of a bucket (2026: wc2h-sls-prod-public-published) in the region
    # where only accounts vetted by the US government have one.
    hosts=("sanctionslistservice.ofac.treas.gov", ".s3.us-gov-west-1.amazonaws.com"),
    set_names=("cons_prim.csv", "cons_alt.csv", "cons_add.csv", "cons_comments.csv"),
    suffixes=(".csv", ".xml"),
    options=("part",),
    # Both lists come in the same forms: the file's name tells them apart.
    headers=(("<sdnList>",), ("<Sanctions>",), ("<sanctionsData>",)),
)


def parse(raw: RawSet, batch: Batch) -> None:
    """Stage one snapshot of the list."""
    ofac.parse(raw, batch)
