"""Output formats for hits: table, CSV and JSON. Much of a record is attacker-chosen text, so each format escapes it."""
