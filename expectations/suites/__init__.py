"""One suite per source and per table: expectations as data, each with severity and reason."""
