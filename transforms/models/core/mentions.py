"""Mentions of listed names in staged articles (see ``transforms.matching.mentions``)."""

import logging

from transforms.engine.base import Engine
from transforms.matching.mentions import Lists, mentions

logger = logging.getLogger(__name__)

READS = (
    "staged.articles",
    "staged.article_names",
    "staged.designation_identifiers",
    "meta.ingests",
    "core.entity_parties",
    "core.list_snapshots",
    "core.designations",
    "core.entities",
    "core.entity_names",
    "core.entity_links",
    "core.entity_wallets",
)

# Identifiers that, standing in a text beside a name, say which of its bearers is meant.
_IDENTIFIERS = (
    "select distinct entity_id, identifier from staged.designation_identifiers"
    " inner join core.entity_parties using (source, party_id)"
    " where identifier_kind in ('passport', 'national_id', 'tax_id', 'registration', 'imo', 'lei')"
    " union select distinct entity_id, address as identifier from core.entity_wallets"
    " order by entity_id, identifier"
)
# Of an article that was received again the newest version is read.
_ARTICLES = (
    "select articles.* from staged.articles left join ("
    " select source, batch, max(recorded_at) as recorded_at from meta.ingests"
    " where published group by source, batch) as received using (source, batch)"
    " order by article_id, received.recorded_at desc nulls last, batch"
)


def build(engine: Engine) -> int:
    """Scan all articles; rows made."""
    found = mentions(
        engine.fetch(_ARTICLES),
        engine.fetch("select * from staged.article_names order by article_id, name, name_kind"),
        Lists(
            entities=engine.fetch("select * from core.entities order by entity_id"),
            names=engine.fetch("select * from core.entity_names order by entity_id, name"),
            designations=engine.fetch(
                "select * from core.designations order by source, party_id, period"
            ),
            links=engine.fetch(
                "select from_entity_id, to_entity_id from core.entity_links"
                " where to_entity_id is not null order by from_entity_id, to_entity_id"
            ),
            snapshots=engine.fetch(
                "select source, snapshot_date from core.list_snapshots"
                " where is_list_complete order by source, snapshot_date"
            ),
            identifiers=engine.fetch(_IDENTIFIERS),
        ),
    )
    logger.info(
        "mentions: %d of %d articles have text, %d not evaluable, suppressed %s",
        found.articles_with_text,
        found.articles,
        found.not_evaluable,
        found.suppressed,
    )
    return engine.register("core.mentions", found.table)
