"""Core: one meaning across sources."""
