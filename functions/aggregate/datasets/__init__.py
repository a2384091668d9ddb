"""The datasets, a module each: columns with what they mean, the query that makes them, and how they are written.

`registry.DATASETS` is what the run, the report, Athena's tables, QuickSight and docs/datasets.md are made from.
"""
