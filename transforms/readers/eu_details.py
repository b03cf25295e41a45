"""Parts of an entry in the EU's Financial Sanctions Files: addresses, births, documents.

Each function stages what a part says and yields the prose that belongs to the party's remarks.
"""

from collections.abc import Iterator

from transforms.clean.dates import DateSpan, of_bounds, of_parts, read_date
from transforms.readers.party import UNKNOWN, Fact, Party
from transforms.readers.party_rows import stage_address
from transforms.readers.words import report_word
from transforms.readers.xml import Element, child_text, children, shapes, text_of

_COUNTRY = "@countryIso2Code @countryDescription"
# Known and left out everywhere: the logicalId of a part (it joins nothing), regulationLanguage
# (always English, the language of the texts), regulationSummary (which act brought the part).
_PART = "@logicalId @regulationLanguage regulationSummary remark"
SHAPES = shapes(
    {
        "sanctionEntity": "remark regulation subjectType nameAlias citizenship birthdate address "
        "identification @logicalId @euReferenceNumber @unitedNationId @designationDate "
        "@designationDetails",
        # organisationType says who made the act; its numberTitle names it better than a URL.
        "regulation": "publicationUrl @logicalId @regulationType @organisationType "
        "@publicationDate @entryIntoForceDate @numberTitle @programme",
        # classificationCode repeats code in one letter.
        "subjectType": "@code @classificationCode",
        "nameAlias": f"{_PART} @firstName @middleName @lastName @wholeName @function @gender "
        "@title @nameLanguage @strong",
        "citizenship": f"{_PART} {_COUNTRY} @region",
        "birthdate": f"{_PART} {_COUNTRY} @circa @calendarType @city @zipCode @birthdate "
        "@dayOfMonth @monthOfYear @year @yearRangeFrom @yearRangeTo @region @place",
        "address": f"{_PART} {_COUNTRY} contactInfo @street @poBox @zipCode @city @place @region "
        "@asAtListingTime",
        "contactInfo": "@key @value",
        "identification": f"{_PART} {_COUNTRY} @identificationTypeCode "
        "@identificationTypeDescription @number @latinNumber @nameOnDocument @issuedBy "
        "@issueDate @validFrom @validTo @region @diplomatic @knownExpired @knownFalse "
        "@reportedLost @revokedByIssuer",
        "regulationSummary": "@regulationType @publicationDate @numberTitle @publicationUrl",
    }
)

# identificationTypeCode → what it is here.
_DOCUMENTS = {
    "passport": "passport",
    "travelcardid": "passport",
    "id": "national_id",
    "residentpermit": "national_id",
    "ssn": "tax_id",
    "fiscalcode": "tax_id",
    "regnumber": "registration",
    "imo": "imo",
    "drivinglicence": "other",
    "birthcert": "other",
    "electionid": "other",
    "swiftbic": "other",
    "other": "other",
}
_FLAGS = ("diplomatic", "knownExpired", "knownFalse", "reportedLost", "revokedByIssuer")
_CONTACTS = {"PHONE": "phone", "FAX": "phone", "EMAIL": "email", "WEB": "website"}


def stated(element: Element, name: str) -> str | None:
    """An attribute on one line; None where it is missing, blank or a dash."""
    text = " ".join((element.get(name) or "").split())
    return None if text in ("", "-") else text


def country_of(element: Element) -> str | None:
    """Country as the list prints it; its code ``00`` is called UNKNOWN and is none."""
    code, name = stated(element, "countryIso2Code"), stated(element, "countryDescription")
    if code == "00" or (name or "").upper() == "UNKNOWN":
        return None
    return name or code


def day_of(text: str) -> DateSpan | None:
    """A day in full; None for anything else, all zeros included."""
    try:
        year, month, day = (int(p) for p in text.split("-"))
        return of_parts(year, month, day) if month and day else None
    except ValueError:
        return None


def add_address(party: Party, address: Element) -> Iterator[str]:
    """A postal address, and the ways of contact that the list hangs on it."""
    box, remark = stated(address, "poBox"), child_text(address, "remark")
    # The list ticks it for what was known on the listing day and may be so no more.
    is_old = stated(address, "asAtListingTime") == "true"
    notes = [remark, "as at listing time" if is_old else None]
    values = [stated(address, n) for n in ("street", "place", "city", "region", "zipCode")]
    country = country_of(address)
    stage_address(
        party.batch,
        party.party_id,
        party.record_id,
        [values[0], f"PO Box {box}" if box else None, values[1]],
        city=values[2],
        region=values[3],
        postal_code=values[4],
        country=country,
        remarks="; ".join(n for n in notes if n) or None,
    )
    for contact in children(address, "contactInfo"):
        key, value = stated(contact, "key") or "", stated(contact, "value")
        if value:
            party.add_facts([Fact(_CONTACTS.get(key, UNKNOWN), key or "contactInfo", value)])
    if remark:
        yield remark


def add_birth(party: Party, birth: Element) -> Iterator[str]:
    """A birth date as far as it is stated, and the birth place."""
    remark = child_text(birth, "remark")
    calendar = (stated(birth, "calendarType") or "GREGORIAN").upper()
    is_approximate = stated(birth, "circa") == "true"
    said = _birth_words(birth, calendar)
    span = None
    if calendar == "GREGORIAN":
        span = _birth_span(birth, remark, is_approximate=is_approximate)
    elif calendar != "ISLAMIC":
        report_word(party.batch, "calendar", calendar)
    if said is None and span is not None:
        said, remark = remark, None  # "between 1968 and 1973", and no year in any attribute
    if said:
        words = f"circa {said}" if is_approximate else said
        party.add_facts([Fact("birth", "birthdate", words, span=span)])
    country = country_of(birth)
    places = [stated(birth, n) for n in ("place", "city", "zipCode", "region")]
    if at := ", ".join(p for p in (*places, country) if p):
        party.add_facts([Fact("birth_place", "birthdate", at, country)])
    if remark:
        yield remark


def _birth_words(birth: Element, calendar: str) -> str | None:
    """The date in the publisher's own figures; None where every one is blank."""
    day = stated(birth, "birthdate")
    parts = [stated(birth, n) for n in ("year", "monthOfYear", "dayOfMonth")]
    years = " to ".join(y for n in ("yearRangeFrom", "yearRangeTo") if (y := stated(birth, n)))
    of_parts_ = "-".join(p.zfill(2) for p in parts if p) or None
    if calendar == "GREGORIAN":
        return day or of_parts_ or years or None
    # Year, month and day are of that calendar, birthdate is the publisher's own conversion.
    words = "; ".join(t for t in (of_parts_ or years, day) if t)
    return f"{words} ({calendar})" if words else None


def _birth_span(birth: Element, remark: str | None, *, is_approximate: bool) -> DateSpan | None:
    numbers = {
        n: int(text) if (text := stated(birth, n) or "").isdecimal() else 0
        for n in ("year", "monthOfYear", "dayOfMonth", "yearRangeFrom", "yearRangeTo")
    }
    try:
        if day := day_of(stated(birth, "birthdate") or ""):
            return of_bounds(day.first, day.last, is_approximate=is_approximate)
        if year := numbers["year"]:
            month = numbers["monthOfYear"]
            return of_parts(year, month, numbers["dayOfMonth"], is_approximate=is_approximate)
        if numbers["yearRangeFrom"] and numbers["yearRangeTo"]:
            first, last = of_parts(numbers["yearRangeFrom"]), of_parts(numbers["yearRangeTo"])
            return of_bounds(first.first, last.last, is_approximate=is_approximate)
        if any(stated(birth, n) for n in numbers) or stated(birth, "birthdate"):
            return None  # all zeros, or one end of a range: the words are kept
        found = read_date(remark or "")
        approximate = is_approximate or found.is_approximate
        return of_bounds(found.first, found.last, is_approximate=approximate)
    except ValueError:
        return None


def add_identification(party: Party, paper: Element) -> Iterator[str]:
    """An identity document or number; one without a number is a note."""
    code = stated(paper, "identificationTypeCode")
    label = stated(paper, "identificationTypeDescription") or code or "identification"
    number, latin = stated(paper, "number"), stated(paper, "latinNumber")
    remark = child_text(paper, "remark")
    days = {n: stated(paper, n) for n in ("issueDate", "validTo")}
    found = {n: day_of(d) if d else None for n, d in days.items()}
    notes = [
        f"latinNumber {latin}" if latin and number else None,
        *(n for n in _FLAGS if stated(paper, n) == "true"),
        *(f"{n} {text}" for n in ("nameOnDocument", "issuedBy", "region", "validFrom")
          if (text := stated(paper, n))),
        *(f"{n} {d}" for n, d in days.items() if d and found[n] is None),
        *(t for r in children(paper, "remark") if (t := text_of(r))),
    ]  # fmt: skip
    note = "; ".join(n for n in notes if n) or None
    if number is None and latin is None:
        party.batch.warn("identification without a number")
        if note:
            yield f"{label}: {note}"
        return
    use = _DOCUMENTS.get((code or "").lower(), UNKNOWN)
    if use == UNKNOWN:
        report_word(party.batch, "identification type", code or "")
        use = "other"
    issued, expires = found["issueDate"], found["validTo"]
    party.add_facts(
        [
            Fact(
                use,
                label,
                number or latin or "",
                country_of(paper),
                issued.day if issued else None,
                expires.day if expires else None,
                note,
            )
        ]
    )
    party.add_wallets_in(number or latin, label)
    if remark:
        yield remark
