"""Names of a target on SECO's list, put together from their parts and their spellings.

A name has parts in an order (family name first, as a rule); a part may be spelled otherwise in a
language and script. A spelling of one part makes a spelling of the whole name with the other parts
in the same language and script, where they have one, else as they are.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Self

from transforms.clean.scripts import script_of
from transforms.readers.party import Party
from transforms.readers.words import report_word
from transforms.readers.xml import Element, child_text, children, text_of
from transforms.sources.batch import Batch

_TYPES = {"primary-name": "primary", "alias": "aka", "formerly-known-as": "fka"}
_QUALITIES = {"good": False, "low": True}
_TITLE = "title"
_PARTS = frozenset(
    {"family-name", "given-name", "further-given-name", "father-name", "grand-father-name"}
    | {"maiden-name", "tribal-name", "suffix", "whole-name", "other", _TITLE}
)
# Five parts with three spellings each are 243 names; nobody writes them.
_MOST_SPELLINGS = 24
# ISO 639-2 as SECO writes it → 639-1 as other lists do; others stay as they are.
_CODES = (
    "alb sq amh am ara ar arm hy aze az bel be ben bn bos bs bul bg bur my chi zh cze cs dan da "
    "dut nl eng en est et fin fi fre fr geo ka ger de gre el heb he hin hi hrv hr hun hu ind id "
    "ita it jpn ja kaz kk kir ky kor ko kur ku lav lv lit lt mac mk may ms mon mn nor no per fa "
    "pol pl por pt pus ps rum ro rus ru slo sk slv sl som so spa es srp sr swa sw swe sv tam ta "
    "tgk tg tha th tuk tk tur tr ukr uk urd ur uzb uz vie vi"
)
_LANGUAGES = dict(zip(_CODES.split()[::2], _CODES.split()[1::2], strict=True))


@dataclass(frozen=True, slots=True)
class _Name:
    text: str
    name_type: str
    is_weak: bool
    script: str | None
    language: str | None


@dataclass(slots=True)
class Names:
    """All names of a target; ``main`` is the primary name of its main identity."""

    main: str | None = None
    titles: list[str] = field(default_factory=list)
    _names: dict[tuple[str, str], _Name] = field(default_factory=dict)

    @classmethod
    def of(cls, identities: list[Element], batch: Batch) -> Self:
        """Names of a target's identities, the main one's first."""
        names = cls()
        for identity in sorted(identities, key=lambda i: i.get("main") != "true"):
            for name in children(identity, "name"):
                names._add(name, batch)
        if names.main is None and names._names:
            names.main = next(iter(names._names.values())).text
            batch.warn("target without a primary name: its first name stands for it")
        return names

    def stage(self, party: Party) -> None:
        """Stage the names and titles as the party's."""
        for name in self._names.values():
            is_main = name.text == self.main
            # Another identity's primary name, or the main one's in another language.
            is_other = name.name_type == "primary" and not is_main
            party.add_name(
                name.text,
                "primary" if is_main else "aka" if is_other else name.name_type,
                is_weak=name.is_weak and not is_main,
                script=name.script,
                language=name.language,
            )
        party.columns["title"] = "; ".join(dict.fromkeys(self.titles)) or None

    def _add(self, name: Element, batch: Batch) -> None:
        word, quality = name.get("name-type", ""), name.get("quality", "good")
        if word not in _TYPES:
            report_word(batch, "name type", word)
        if quality not in _QUALITIES:
            report_word(batch, "name quality", quality)
        kind, is_weak = _TYPES.get(word, "aka"), _QUALITIES.get(quality, False)
        parts = self._parts(name, batch)
        whole = " ".join(value for value, _ in parts if value)
        if not whole:
            batch.warn("name without a text")
            return
        if self.main is None and kind == "primary":
            self.main = whole
        self._keep(_Name(whole, kind, is_weak, script_of(whole), _language(name)))
        for (language, script), spelled in _spellings(parts, batch):
            found = script or script_of(spelled)
            self._keep(_Name(spelled, "variation", is_weak, found, language))

    def _keep(self, name: _Name) -> None:
        """A name is repeated in the list's languages, and as a spelling of itself."""
        if not any((name.text, t) in self._names for t in {name.name_type, "primary", "aka"}):
            self._names[name.text, name.name_type] = name

    def _parts(self, name: Element, batch: Batch) -> list[tuple[str, list[Element]]]:
        """(value, spellings) of each part in its order; titles are kept apart."""
        found = []
        for part in sorted(children(name, "name-part"), key=_order):
            kind = part.get("name-part-type", "")
            if kind not in _PARTS:
                report_word(batch, "name part", kind)
            value = (child_text(part, "value") or text_of(part) or "").strip("- ")
            if kind == _TITLE:
                self.titles += [value] if value else []
            else:
                found.append((value, list(children(part, "spelling-variant"))))
        return found


def _order(part: Element) -> int:
    text = part.get("order", "")
    return int(text) if text.isdecimal() else 0


def _language(element: Element) -> str | None:
    code = element.get("lang", "").lower()
    return _LANGUAGES.get(code, code) or None


def _spellings(
    parts: list[tuple[str, list[Element]]], batch: Batch
) -> list[tuple[tuple[str | None, str | None], str]]:
    """Spellings of the whole name by language and script."""
    by_kind: dict[tuple[str | None, str | None], dict[int, list[str]]] = defaultdict(dict)
    for i, (_, variants) in enumerate(parts):
        for variant in variants:
            if text := text_of(variant):
                # "LATN" here, "Latn" in ISO 15924.
                kind = (_language(variant), variant.get("script", "").capitalize() or None)
                by_kind[kind].setdefault(i, []).append(text)
    found = []
    for kind, of_part in by_kind.items():
        choices = [of_part.get(i, [value]) for i, (value, _) in enumerate(parts)]
        every = list(islice(product(*choices), _MOST_SPELLINGS + 1))
        if len(every) > _MOST_SPELLINGS:
            batch.warn("name with more spellings than are kept")
        spelled = (" ".join(p for p in each if p) for each in every[:_MOST_SPELLINGS])
        found += [(kind, text) for text in spelled if text]
    return found
