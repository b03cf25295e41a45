"""Bytes → records, shared by sources: safe unpacking, screened CSV, streamed XML."""
