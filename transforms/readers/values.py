"""The three columns an amount has in ``staged.transfers``."""

import pyarrow as pa

from transforms.clean import columns as clean


def value_columns(values: pa.Array) -> dict[str, pa.Array]:
    """An amount as text, as a number where it fits, and whether it does not."""
    return {
        "value": values,
        "value_d38": clean.d38(values),
        "has_wide_value": clean.is_wide(values),
    }
