"""Pure value → value functions: addresses, amounts, dates, names."""
