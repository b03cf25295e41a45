"""OFAC's DELTA XML: what one publication changed, applied to the newest whole snapshot before it.

In: one file in the ENHANCED form, whose elements bear ``@action`` (and ``@oldValue``). Out: a
whole snapshot, as if the full file of that day had been read. An entity is added, removed or
changed; without an action only its children changed. What an element says before and after is
read by the ENHANCED reader, and the difference is made to the party's rows, so that a base in any
form will do.

That snapshot is one the lake serves, or one that was staged before it in the same run: then the
file's name bears its day, so that a chain is applied in its order.

A delta does not name the publication it builds on. It is refused where no full snapshot is held,
where it adds a party that is there, or removes one that is not; a value that it replaces and that
the base lacks is counted. A chain of deltas is never trusted alone: the next full file is compared
with it (``flowlake.compared``). Rows that did not change say from which day they are.

Format: ``https://www.treasury.gov/ofac/DeltaFile/1.0``. No published delta was at hand: actions
and attributes are as the schema and readers of the files give them.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import date

from lxml import etree

from transforms.errors import InputRefused, UnknownValue
from transforms.readers.ofac_base import PARTIES, dated, records_of, untouched
from transforms.readers.ofac_enhanced import FORM, fill, listings, primary_name
from transforms.readers.ofac_record import Difference, Record, Rows
from transforms.readers.ofac_shapes import ENHANCED
from transforms.readers.ofac_words import entity_type, is_own_list
from transforms.readers.party import Party
from transforms.readers.words import report_sections, report_word
from transforms.readers.xml import (
    Document,
    Element,
    child,
    child_text,
    children,
    local,
    text_of,
    unknown_names,
)
from transforms.sources.base import MADE_OF_CHANGES, Held, RawFile, Snapshot
from transforms.sources.batch import Batch

# What any element may bear.
_CHANGE = ("@action", "@oldValue")
_CHANGES = frozenset({"change", "update", "modify"})
_ACTIONS = frozenset({"", "add", "remove"}) | _CHANGES
# A publication adds some hundreds; the whole list has 20,000.
_MOST_ENTITIES = 100_000
_NAMED = 5


def parse(
    file: RawFile,
    document: Document,
    batch: Batch,
    held: Held | None,
) -> None:
    """Stage the snapshot that a delta leads to."""
    delta = _Delta(file, batch)
    for path, element in document.records("publicationInfo", "entities/entity"):
        for name in unknown_names(element, ENHANCED, _CHANGE):
            report_word(batch, "element", name)
        if path == "publicationInfo":
            delta.publication(element)
            continue
        delta.entity(element)
    report_sections(batch, document, "sanctionsData/referenceValues", "sanctionsData/featureTypes")
    if batch.date is None:
        raise InputRefused(f"{delta.where}: expected datePublished, found none; give --date")
    if batch.date_basis == "publisher" and batch.is_one_of_many:
        raise InputRefused(
            f"{delta.where}: expected the day in the name of a file of changes among other files, "
            f"such as {batch.date}_delta.xml, so that they are applied in their order; found none"
        )
    base = held(batch.date) if held else None
    if base is None:
        raise InputRefused(
            f"{delta.where}: a delta of {batch.date} chains from no snapshot: expected a full "
            f"file of {batch.source.name} of that day or before in the lake, found none; ingest "
            "one first"
        )
    delta.apply(base)


class _Delta:
    """The changes of one file."""

    def __init__(self, file: RawFile, batch: Batch) -> None:
        self.file = file
        self.batch = batch
        self.where = f"{batch.source.name} {file.name}"
        self._added: dict[str, Record] = {}
        self._removed: set[str] = set()
        self._edited: dict[str, list[Difference]] = {}
        self._elsewhere: set[str] = set()  # parties that leave the source's own list

    def publication(self, element: Element) -> None:
        """Take the day of publication."""
        text = child_text(element, "datePublished") or ""
        try:
            self.batch.dated(date.fromisoformat(text[:10]))
        except ValueError:
            raise InputRefused(
                f"{self.where}: expected datePublished with a date, found {text[:40]!r}"
            ) from None

    # ── what the file says ──────────────────────────────────────────────────────────────────

    def entity(self, element: Element) -> None:
        """Take one entity's changes."""
        party_id = element.get("id", "")
        action = self._action(element)
        if not party_id:
            raise InputRefused(f"{self.where}: expected an id in every entity, found one without")
        if party_id in self._added.keys() | self._edited.keys() | self._removed:
            raise InputRefused(f"{self.where} record {party_id}: entity stands in the file twice")
        if len(self._added) + len(self._edited) + len(self._removed) >= _MOST_ENTITIES:
            raise InputRefused(f"{self.where}: more than {_MOST_ENTITIES} entities in a delta")
        stated = [e for e in _items(element, "sanctionsLists") if self._action(e) != "remove"]
        is_own = any(is_own_list(self.batch, text_of(e) or "") for e in stated)
        if stated and not is_own and action in ("add", "remove"):
            self.batch.warn("change of a party of another list")
        elif action == "remove":
            self._removed.add(party_id)
        elif action == "add" or (action in _CHANGES and not _has_actions(element)):
            self._added[party_id] = self._whole(party_id, element)
            if action != "add":
                self._removed.add(party_id)
        else:
            self._edited[party_id] = list(self._differences(party_id, element))
            if not is_own and any(
                self._action(e) == "remove" and is_own_list(self.batch, text_of(e) or "")
                for e in _items(element, "sanctionsLists")
            ):
                self._elsewhere.add(party_id)

    def _action(self, element: Element) -> str:
        action = element.get("action", "").strip().lower()
        if action not in _ACTIONS:
            raise UnknownValue(
                f"{self.where}: unknown action {action[:40]!r} of {local(element)}, expected "
                f"{'|'.join(sorted(_ACTIONS - {''}))}"
            )
        return action

    def _whole(self, party_id: str, element: Element) -> Record:
        """An entity that is told as a whole."""
        name = primary_name(element)
        if name is None:
            raise InputRefused(
                f"{self.where} record {party_id}: expected a primary name, found none"
            )
        info = child(element, "generalInfo")
        word = child_text(info, "entityType") if info is not None else None
        kind = entity_type(self.batch, f"{self.file.name} record {party_id}", word or "")
        rows = Rows(self.batch)
        party = Party(rows, party_id, f"entity {party_id}", kind, name, published_form=FORM)
        fill(party, element)
        listings(party, element)
        party.finish()
        return Record(rows.taken.pop(PARTIES)[0], rows.taken)

    def _differences(self, party_id: str, element: Element) -> Iterator[Difference]:
        """What changes about a party, item by item."""
        for group in element:
            is_item = local(group) == "generalInfo"
            for item in [group] if is_item else list(group):
                action = self._action(item) or ("" if is_item else self._action(group))
                for e in item.iter():
                    self._action(e)
                before = None if action == "add" else _version(item, without="add", is_old=True)
                after = None if action == "remove" else _version(item, without="remove")
                if before is not None and after is not None:
                    if action not in _CHANGES and not _has_actions(item):
                        continue  # told for its context only
                    if etree.tostring(before) == etree.tostring(after):
                        before = None  # what it replaces is not said
                yield Difference(
                    before=self._said(party_id, group, before, is_item=is_item),
                    after=self._said(party_id, group, after, is_item=is_item),
                    is_replacement=before is None and action != "add",
                )

    def _said(
        self, party_id: str, group: Element, item: Element | None, *, is_item: bool
    ) -> tuple[Party, Rows] | None:
        """What an item of an entity says, as rows."""
        if item is None:
            return None
        entity = etree.Element("entity")
        if is_item:
            entity.append(item)
        else:
            etree.SubElement(entity, local(group)).append(item)
        rows = Rows(self.batch)
        info = child(entity, "generalInfo")
        word = child_text(info, "entityType") if info is not None else None
        kind = entity_type(self.batch, f"record {party_id}", word) if word else ""
        party = Party(rows, party_id, f"entity {party_id}", kind, primary_name(entity) or "")
        fill(party, entity)
        listings(party, entity, is_part=True)
        return party, rows

    # ── onto the base ───────────────────────────────────────────────────────────────────────

    def apply(self, base: Snapshot) -> None:
        """Stage the base with the changes made to it."""
        touched = self._removed | self._elsewhere | self._edited.keys() | self._added.keys()
        records = records_of(base, touched)
        self._check(base, records)
        of_base = f"of {base.date}"
        for table, paths in sorted(base.files.items()):
            for path in paths:
                for rows in untouched(path, touched, of_base):
                    if table == PARTIES:
                        self.batch.read(rows.num_rows)
                    self.batch.add_table(table, rows)
        for party_id, record in sorted(self._result(records, of_base).items()):
            self.batch.read()
            self.batch.add(PARTIES, record.party | {"party_id": party_id})
            for table, found in sorted(record.rows.items()):
                for row in found:
                    self.batch.add(table, row)
        changed = len(self._added) + len(self._removed) + len(self._edited)
        self.batch.warn(f"{MADE_OF_CHANGES} {base.date}", max(changed, 1))

    def _check(self, base: Snapshot, records: Mapping[str, Record]) -> None:
        """``InputRefused`` where the changes cannot be changes to this snapshot."""
        faults = [
            f"adds party {p}, which is there"
            for p in sorted(self._added.keys() - self._removed)
            if p in records
        ]
        faults += [
            f"{'changes' if p in self._added else 'removes'} party {p}, which is not there"
            for p in sorted(self._removed)
            if p not in records
        ]
        if faults:
            raise InputRefused(
                f"{self.where}: does not chain from the snapshot of {base.date}: "
                f"{'; '.join(faults[:_NAMED])}"
                f"{f' and {len(faults) - _NAMED} more' if len(faults) > _NAMED else ''}; it is "
                "applied already or a publication between is missing: ingest a full file"
            )

    def _result(self, records: Mapping[str, Record], of_base: str) -> dict[str, Record]:
        result = dict(self._added)
        for party_id, differences in self._edited.items():
            record = records.get(party_id)
            if record is None:
                # Deltas cover all lists, and a change seldom says which one it is of.
                self.batch.warn("change of a party that is not in the base")
                continue
            if party_id in self._elsewhere:
                self.batch.warn("party that leaves this list for another")
                continue
            record.mark(lambda record_id: dated(record_id, of_base))
            for difference in differences:
                for kind in record.make(difference):
                    self.batch.warn(f"changed value that is not in the base: {kind}")
            result[party_id] = record
        return result


def _items(element: Element, name: str) -> list[Element]:
    return [e for group in children(element, name) for e in group]


def _has_actions(element: Element) -> bool:
    return any(e is not element and e.get("action") for e in element.iter())


def _version(item: Element, *, without: str, is_old: bool = False) -> Element:
    """A copy of an item as it was before the changes, or as it is after them."""
    copy = deepcopy(item)
    for e in list(copy.iter()):
        above = e.getparent()
        if e is not copy and above is not None and e.get("action", "").lower() == without:
            above.remove(e)
            continue
        if is_old and "oldValue" in e.attrib:
            e.text = e.get("oldValue")
        for name in ("action", "oldValue"):
            e.attrib.pop(name, "")
    copy.tail = None
    return copy
