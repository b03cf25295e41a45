"""The Swiss sanctions list of the State Secretariat for Economic Affairs (SECO).

In: the whole list in XML. Out: one row per target, delisted ones included: they stay in the file,
and ``delisted_on`` says since when they are off. ``party_id`` is the target's ssid; the UN's
reference of a target stands as identifier ``un_reference``.
Format: https://www.seco.admin.ch/seco/en/home/Aussenwirtschaftspolitik_Wirtschaftliche_Zusammenarbeit/Wirtschaftsbeziehungen/exportkontrollen-und-sanktionen/sanktionen-embargos/sanktionsmassnahmen/suche_sanktionsadressaten.html

Written without a whole file at hand, from the publisher's format and what public readers of it
show. Not verified on a real file: the words of document-type, relation-type and calendar, year
ranges, whether an address states its place itself, and attributes that no reader uses. Whatever is
not known is loaded or named in the warnings.
"""

from transforms.readers import seco
from transforms.readers.xml import Document
from transforms.sources.base import BatchName, Family, Grouping, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="ch_seco",
    family=Family.DESIGNATIONS,
    publisher="State Secretariat for Economic Affairs (SECO), Switzerland",
    page="https://www.seco.admin.ch/seco/en/home/Aussenwirtschaftspolitik_Wirtschaftliche_Zusammenarbeit/Wirtschaftsbeziehungen/exportkontrollen-und-sanktionen/sanktionen-embargos.html",
    format="XML",
    licence="opendata.swiss: free use, the source must be named",
    # Changes take effect at 18:00 or 23:00 Swiss time of some days.
    cadence="50 6,22 * * *",
    grouping=Grouping.FILE,
    batch_name=BatchName.DATE,
    urls=(
        "https://www.sesam.search.admin.ch/sesam-search-web/pages/downloadXmlGesamtliste.xhtml?lang=en&action=downloadXmlGesamtlisteAction",
    ),
    hosts=("www.sesam.search.admin.ch",),
    suffixes=(".xml",),
    options=("part",),
    headers=(("<swiss-sanctions-list>",),),
)


def parse(raw: RawSet, batch: Batch) -> None:
    """Stage one edition of the list."""
    (file,) = raw.files
    document = Document(file.path, source=raw.source, name=file.name)
    document.expect_root("swiss-sanctions-list")
    seco.parse(file, document, batch)
