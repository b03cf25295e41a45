"""OFAC's forms of one day say the same."""

from pathlib import Path

import pytest

from tests.sources.ofac_lists import (
    LIST,
    SAID_BY_ALL,
    in_all_forms,
    rows,
    said,
    some_list,
)


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_all_forms_of_one_day_give_the_same_parties_names_and_wallets(
    seed: int | None, tmp_path: Path
) -> None:
    parties = LIST if seed is None else some_list(seed)
    staged = in_all_forms(tmp_path, parties)
    of_csv = staged["csv"]
    for table, columns in SAID_BY_ALL.items():
        for form, candidate in staged.items():
            assert said(candidate, table, *columns) == said(of_csv, table, *columns), (table, form)
    assert of_csv.rows_staged == len(parties)
    assert len(rows(of_csv, "designation_wallets")) == sum(len(p.wallets) for p in parties)
    assert all(r["is_wallet_set_complete"] for r in rows(of_csv, "designations"))
    for candidate in staged.values():
        assert set(candidate.warnings) <= {
            "wallet whose chain its address does not show",
            "wallet whose checksum does not fit",
            "ticker without a rule: 'NEWCOIN'",
        }
