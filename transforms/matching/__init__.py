"""Names: aliases and their tiers, mentions in text, entities across lists."""
