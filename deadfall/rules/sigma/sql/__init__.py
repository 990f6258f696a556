"""Hunting: Sigma rules as SQL, for DuckDB and for Athena."""
