"""Sources, one file each; ``registry`` finds them, nothing lists them.

A source module exposes exactly ``SOURCE`` and ``parse(raw, batch)``. Adding a list or an export
format adds a file here and edits none.
"""
