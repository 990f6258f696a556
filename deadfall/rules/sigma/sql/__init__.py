"""Hunts: compile Sigma rules to SQL for DuckDB and Athena."""
