"""The lake: raw bytes, Delta tables, the warehouse file, and what keeps them whole."""
