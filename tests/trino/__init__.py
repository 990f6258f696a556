"""`make trino`: does Athena's engine select the records that a rule matches?

Trino, Athena's engine, runs in a Java process (`trino.py`) on the table that the documentation creates. It runs our
statements as Athena gets them: each rule's query, the thresholds, the saved queries and a hunt (`statements.py`); for
the shipped rules, the Sigma rules in the folders of RULES=, and random conditions (`conditions.py`). The records are
published ones, examples, mutations of these, and records made from each rule's own values (`aimed.py`). Each result is
compared with `condition.matches`, and with `trino_in_duckdb`, by which `make test` stands in for Trino without Java.

It needs java (JDK 17 or newer) and mvn; it is no part of `make test`, but the tests of its own parts are
(`test_parts.py`). The exit status is 1 if anything differs, or if Trino refuses a statement. The random parts come from
a seed that is printed.

How Hive's reader makes rows of CloudTrail's files is not Trino's part: `athena_rows.py` assumes it, from documentation.
"""
