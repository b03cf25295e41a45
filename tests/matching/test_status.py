"""Status at publication, from listing periods and how far the lists reach."""

from datetime import date

import pytest

from tests.matching.given import lists_of
from transforms.matching.status import Statuses, statuses


def known(*periods: list[str | None], snapshots: tuple[str, ...]) -> Statuses:
    party = {"id": "p", "type": "organization", "names": ["P"], "periods": list(periods)}
    lists = lists_of([party], snapshots)
    return statuses(lists.designations, lists.snapshots)


REACH = ("2022-01-01", "2025-06-01")
OPEN = ["2023-05-23", None, "published"]
CLOSED = ["2022-08-08", "2025-03-21", "published"]
REISSUED = [["2022-08-08", "2022-11-08", "published"], ["2022-11-08", "2025-03-21", "published"]]
SEEN = ["2022-01-01", None, "snapshot"]
LATER = ["2023-01-05", None, "snapshot"]


@pytest.mark.parametrize(
    ("periods", "day", "status"),
    [
        ([OPEN], "2024-01-01", "designated"),
        ([OPEN], "2023-05-23", "designated"),
        ([OPEN], "2023-05-22", "not_yet"),
        ([OPEN], "2025-06-01", "designated"),
        ([OPEN], "2025-06-02", "unknown"),
        ([CLOSED], "2025-03-20", "designated"),
        ([CLOSED], "2025-03-21", "delisted"),
        ([CLOSED], "2025-08-27", "unknown"),
        ([CLOSED], "2022-08-07", "not_yet"),
        (REISSUED, "2022-11-08", "designated"),
        (REISSUED, "2025-04-01", "delisted"),
        ([CLOSED, ["2025-05-01", None, "published"]], "2025-04-01", "delisted"),
        ([CLOSED, ["2025-05-01", None, "published"]], "2025-05-02", "designated"),
        ([SEEN], "2021-12-31", "unknown"),
        ([SEEN], "2022-01-01", "designated"),
        ([LATER], "2023-01-04", "not_yet"),
        ([], "2024-01-01", "unknown"),
        ([OPEN], None, "unknown"),
    ],
)
def test_status_follows_the_periods_as_far_as_the_lists_reach(
    periods: list[list[str | None]], day: str | None, status: str
) -> None:
    on = date.fromisoformat(day) if day else None
    said, basis = known(*periods, snapshots=REACH).on("p", on)
    assert (said, bool(basis)) == (status, True)


def test_the_strongest_answer_of_several_lists_counts() -> None:
    one = {"id": "p", "type": "person", "names": ["P"], "periods": [CLOSED]}
    two = {**one, "periods": [["2024-01-01", None, "published"]], "source": "eu_fsf"}
    lists = lists_of([one, two], REACH)
    without_eu = statuses(lists.designations, lists.snapshots)
    assert without_eu.on("p", date(2025, 4, 1))[0] == "unknown"
    assert without_eu.on("p", date(2024, 4, 1))[0] == "designated"
