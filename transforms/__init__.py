"""What flowlake knows: sources, schemas, the lake, the engine, models, tracing and matching."""
