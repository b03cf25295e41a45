"""The European Union's consolidated list of financial sanctions.

In: the Financial Sanctions Files in XML 1.1 (``xmlFullSanctionsList_1_1``). Out: one row per person
or enterprise with its names, identifiers, addresses and dates. ``party_id`` is the logicalId; the
UN's reference of a party stands as identifier ``un_reference``.
Format: https://data.europa.eu/data/datasets/consolidated-list-of-persons-groups-and-entities-subject-to-eu-financial-sanctions

The publisher's URL carries a token that is made for each registered user: it comes from
``FLOWLAKE_TOKEN_EU_FSF``. The file is made when it is asked for, which takes up to a minute.
Oddities: told in ``transforms.readers.eu``. The Official Journal leads this list by days.
"""

from transforms.readers import eu
from transforms.readers.xml import Document
from transforms.sources.base import BatchName, Family, Grouping, RawSet, Source
from transforms.sources.batch import Batch

_NAMESPACE = "http://eu.europa.ec/fpi/fsd/export"

SOURCE = Source(
    name="eu_fsf",
    family=Family.DESIGNATIONS,
    publisher="European Commission, Financial Sanctions Files",
    page="https://data.europa.eu/data/datasets/consolidated-list-of-persons-groups-and-entities-subject-to-eu-financial-sanctions",
    format="XML 1.1",
    licence="European Commission reuse policy (Decision 2011/833/EU), attribution",
    # Made anew on working days; the server answers 500 for hours now and then.
    cadence="40 6,18 * * *",
    grouping=Grouping.FILE,
    batch_name=BatchName.DATE,
    urls=(
        "https://webgate.ec.europa.eu/fsd/fsf/public/files/xmlFullSanctionsList_1_1/content?token={token}",
    ),
    hosts=("webgate.ec.europa.eu",),
    suffixes=(".xml",),
    options=("part",),
    headers=(("<export>",),),
)


def parse(raw: RawSet, batch: Batch) -> None:
    """Stage one edition of the list."""
    (file,) = raw.files
    document = Document(file.path, source=raw.source, name=file.name)
    document.expect_root("export", namespace=_NAMESPACE)
    eu.parse(file, document, batch)
