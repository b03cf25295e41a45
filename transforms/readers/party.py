"""Rows of one listed party, the same whatever list or form it was published in.

A reader makes a ``Party``, tells it names, facts, addresses and links, and calls ``finish``: names
and the like are staged as they come, the party's own row last, since programmes and listing days
stand at the end of some forms.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from transforms.clean.addresses import canonical_wallet
from transforms.clean.dates import DateSpan
from transforms.clean.tickers import UNSTATED, is_known
from transforms.readers import free_text
from transforms.readers.party_rows import stage_link, stage_name
from transforms.readers.words import report_word
from transforms.sources.batch import Batch

WALLET = "wallet"
UNKNOWN = "unknown"

# Uses that fill a column of the party itself.
COLUMN_USES = frozenset(
    {"title", "call_sign", "vessel_type", "vessel_flag", "vessel_owner", "tonnage"}
    | {"gross_tonnage"}
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a list states of a party: a label of the list, its use here, and the value.

    ``use`` is ``wallet``, ``birth``, ``date:<kind>``, ``nationality``, a column of the party
    (``COLUMN_USES``) or an identifier_kind; ``UNKNOWN`` loads as identifier ``other`` and is
    reported. A wallet's ticker stands behind `` - `` in its label.
    """

    use: str
    label: str
    value: str
    country: str | None = None
    issued_on: date | None = None
    expires_on: date | None = None
    note: str | None = None
    span: DateSpan | None = None


def ticker_of(label: str) -> str:
    """Ticker of a wallet's label, exactly as published: ``Digital Currency Address - XBT``."""
    return label.partition(" - ")[2].strip()


class Party:
    """One party on its way into the staged tables."""

    __slots__ = (
        "_wallets",
        "batch",
        "columns",
        "delisted_on",
        "entity_type",
        "is_alias_set_complete",
        "is_wallet_set_complete",
        "legal_bases",
        "listed_by",
        "listed_on",
        "measures",
        "name",
        "nationalities",
        "party_id",
        "programs",
        "published_form",
        "record_id",
        "remarks",
    )

    def __init__(
        self,
        batch: Batch,
        party_id: str,
        record_id: str,
        entity_type: str,
        name: str,
        *,
        published_form: str | None = None,
    ) -> None:
        self.batch = batch
        self.party_id = party_id
        self.record_id = record_id
        self.entity_type = entity_type
        self.name = name
        self.published_form = published_form
        self.programs: set[str] = set()
        self.legal_bases: set[str] = set()
        self.measures: set[str] = set()
        self.nationalities: set[str] = set()
        self.listed_on: date | None = None
        # Of a dated act of the publisher's that names the party; counts where listed_on is null.
        self.listed_by: date | None = None
        self.delisted_on: date | None = None
        self.remarks: str | None = None
        self.columns: dict[str, str | None] = {}
        self.is_wallet_set_complete = True
        self.is_alias_set_complete = True
        self._wallets: set[tuple[str, str]] | None = None

    def add_name(
        self,
        name: str,
        name_type: str,
        *,
        is_weak: bool = False,
        script: str | None = None,
        language: str | None = None,
    ) -> None:
        """A name of the party."""
        stage_name(
            self.batch,
            self.party_id,
            self.record_id,
            name,
            name_type,
            is_weak=is_weak,
            script=script,
            language=language,
        )

    def add_link(
        self, relation: str, *, to_party_id: str | None = None, to_name: str | None = None
    ) -> None:
        """A relation to another party."""
        stage_link(
            self.batch,
            self.party_id,
            self.record_id,
            relation,
            to_party_id=to_party_id,
            to_name=to_name,
        )

    def listed_since(self, day: date | None) -> None:
        """A day the list states for a listing; the earliest counts."""
        if day is not None and (self.listed_on is None or day < self.listed_on):
            self.listed_on = day

    def named_in_act(self, day: date | None) -> None:
        """The day of an act that names the party; the earliest counts."""
        if day is not None and (self.listed_by is None or day < self.listed_by):
            self.listed_by = day

    def add_facts(self, facts: Iterable[Fact]) -> None:
        """Facts, each to the table its use belongs to."""
        for fact in facts:
            use = fact.use
            if use == WALLET:
                self._add_wallet(fact)
            elif use == "birth" or use.startswith("date:"):
                self._add_date(fact)
            elif use == "nationality":
                self.nationalities.add(fact.value)
            elif use in COLUMN_USES:
                self._add_column(fact)
            else:
                self._add_identifier(fact)

    def add_wallets_in(self, text: str | None, what: str) -> None:
        """Chain addresses in free text; ``what`` says where the text stands."""
        self.add_facts(
            Fact(WALLET, f"{what} - {ticker}", address)
            for ticker, address in free_text.wallets(text or "")
        )

    def finish(self) -> None:
        """Stage the party's own row."""
        self.batch.add(
            "staged.designations",
            {
                "party_id": self.party_id,
                "entity_type": self.entity_type,
                "name": self.name,
                "programs": _joined(self.programs),
                "listed_on": self.listed_on,
                "listed_by": None if self.listed_on else self.listed_by,
                "delisted_on": self.delisted_on,
                "nationalities": _joined(self.nationalities),
                "legal_basis": _joined(self.legal_bases),
                "measures": _joined(self.measures),
                "licence": self.batch.source.licence,
                "remarks": self.remarks,
                "is_wallet_set_complete": self.is_wallet_set_complete,
                "is_alias_set_complete": self.is_alias_set_complete,
                "is_list_complete": self.batch.is_list_complete,
                "published_form": self.published_form,
                "record_id": self.record_id,
                **self.columns,
            },
        )

    # ── facts by use ────────────────────────────────────────────────────────────────────────

    def _add_wallet(self, fact: Fact) -> None:
        ticker = ticker_of(fact.label)
        wallet = canonical_wallet(fact.value, ticker)
        if ticker != UNSTATED and not is_known(ticker):
            report_word(self.batch, "ticker", ticker)
        if self._wallets is None:
            self._wallets = set()
        if (ticker, wallet.address) in self._wallets:
            self.batch.warn("wallet stated twice for one party")
            return
        self._wallets.add((ticker, wallet.address))
        if wallet.chain is None:
            self.batch.warn("wallet whose chain its address does not show")
        if wallet.is_checksum_valid is False:
            self.batch.warn("wallet whose checksum does not fit")
        if fact.note:
            self.batch.warn("wallet with more text than an address")
        self.batch.add(
            "staged.designation_wallets",
            {
                "party_id": self.party_id,
                "ticker": ticker,
                "chain": wallet.chain,
                "address": wallet.address,
                "address_as_published": fact.value,
                "is_checksum_valid": wallet.is_checksum_valid,
                "record_id": self.record_id,
            },
        )

    def _add_date(self, fact: Fact) -> None:
        span = fact.span
        if span is None:
            self.batch.warn("date in no known form")
        self.batch.add(
            "staged.designation_dates",
            {
                "party_id": self.party_id,
                "date_kind": fact.use.removeprefix("date:"),
                "date_from": span and span.first,
                "date_to": span and span.last,
                "date_precision": span and span.precision,
                "is_approximate": span and span.is_approximate,
                "date_as_published": fact.value,
                "record_id": self.record_id,
            },
        )

    def _add_column(self, fact: Fact) -> None:
        said = self.columns.get(fact.use)
        self.columns[fact.use] = f"{said}; {fact.value}" if said else fact.value

    def _add_identifier(self, fact: Fact) -> None:
        kind = fact.use
        if kind == UNKNOWN:
            report_word(self.batch, "label", fact.label)
        if kind in ("document", UNKNOWN):
            kind = "other"
        elif kind == "vessel_registration":
            # The label covers registries too; the value says which: "IMO 9187629".
            kind = "imo" if fact.value.upper().startswith("IMO") else "registration"
        self.batch.add(
            "staged.designation_identifiers",
            {
                "party_id": self.party_id,
                "identifier_kind": kind,
                "identifier_type": fact.label,
                "identifier": fact.value,
                "country": fact.country,
                "issued_on": fact.issued_on,
                "expires_on": fact.expires_on,
                "remarks": fact.note,
                "record_id": self.record_id,
            },
        )


def _joined(values: set[str]) -> str | None:
    return "; ".join(sorted(values)) or None
