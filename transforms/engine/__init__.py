"""The SQL engine behind a small interface, and the order of the models."""
