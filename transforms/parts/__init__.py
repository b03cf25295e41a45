"""core.transfers in parts: stretches of chains that are built, and built again, by themselves."""
