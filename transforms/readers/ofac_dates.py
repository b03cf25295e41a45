"""Dates of OFAC's ADVANCED XML: Year, Month and Day as elements, periods with four ends."""

from transforms.clean.dates import DateSpan, of_bounds, of_parts
from transforms.readers.xml import Element, child, child_text


def span_of_parts(element: Element | None) -> DateSpan | None:
    """The span of an element with Year, Month, Day; None where it is missing or impossible."""
    if element is None:
        return None
    year, month, day = (child_text(element, name) for name in ("Year", "Month", "Day"))
    try:
        return of_parts(int(year or 0), int(month or 0), int(day or 0))
    except ValueError:
        return None


def span_of_period(element: Element | None) -> DateSpan | None:
    """The span of a DatePeriod: from the earliest start to the latest end."""
    if element is None:
        return None
    ends = []
    is_approximate = False
    for name in ("Start", "End"):
        end = child(element, name)
        if end is None:
            continue
        is_approximate = is_approximate or end.get("Approximate") == "true"
        ends += [span_of_parts(child(end, "From")), span_of_parts(child(end, "To"))]
    spans = [s for s in ends if s]
    if not spans:
        return None
    first = min(s.first for s in spans)
    last = max(s.last for s in spans)
    return of_bounds(first, last, is_approximate=is_approximate)


def published(span: DateSpan) -> str:
    """A span in words, for forms that write dates as numbers only."""
    days = str(span.first) if span.first == span.last else f"{span.first} to {span.last}"
    return f"circa {days}" if span.is_approximate else days
