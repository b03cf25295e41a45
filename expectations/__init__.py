"""Whether a batch may be published: suites as data, and the gate that runs them.

Great Expectations is imported inside functions only; importing this package costs nothing.
"""
