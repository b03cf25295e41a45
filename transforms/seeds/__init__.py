"""Small bundled registries, as CSV."""
