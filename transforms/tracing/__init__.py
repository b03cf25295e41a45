"""Following value through a transfer log: exact ledgers, reach, proof paths."""
