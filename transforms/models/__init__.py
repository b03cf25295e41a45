"""SQL models, one file per table: folder = schema, file = table."""
