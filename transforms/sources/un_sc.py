"""The United Nations Security Council's consolidated sanctions list.

In: ``consolidated.xml``. Out: one row per individual or entity with its names, identifiers,
addresses, dates and relations. ``party_id`` is the permanent REFERENCE_NUMBER (``QDe.004``), which
also stands as identifier ``un_reference``: other lists quote it.
Format: https://main.un.org/securitycouncil/en/content/un-sc-consolidated-list

Oddities: told in ``transforms.readers.un``. An edition whose bytes are not the encoding it
declares is refused: in one of 2025-08-16 every character had lost its high byte, and what was left
cannot be turned back into names.
"""

from transforms.readers import un
from transforms.readers.xml import Document
from transforms.sources.base import BatchName, Family, Grouping, RawSet, Source
from transforms.sources.batch import Batch

SOURCE = Source(
    name="un_sc",
    family=Family.DESIGNATIONS,
    publisher="United Nations Security Council",
    page="https://main.un.org/securitycouncil/en/content/un-sc-consolidated-list",
    format="XML",
    licence="© United Nations, terms of use of un.org; free to use with attribution",
    # Updated within hours of a committee's decision, some days more than once.
    cadence="20 6,18 * * *",
    grouping=Grouping.FILE,
    batch_name=BatchName.DATE,
    urls=("https://scsanctions.un.org/resources/xml/en/consolidated.xml",),
    # The address redirects to a store (2026: unsolprodfiles.blob.core.windows.net).
    hosts=("scsanctions.un.org", "unsolprodfiles.blob.core.windows.net"),
    suffixes=(".xml",),
    options=("part",),
    headers=(("<CONSOLIDATED_LIST>",),),
)


def parse(raw: RawSet, batch: Batch) -> None:
    """Stage one edition of the list."""
    (file,) = raw.files
    document = Document(file.path, source=raw.source, name=file.name)
    document.expect_root("CONSOLIDATED_LIST")
    un.parse(file, document, batch)
