"""Table macros of the warehouse: questions that take a day; ``transforms.engine.macros``."""
