"""The verbs of the lake: fetch, stage, judge, publish, build, trace, report."""
