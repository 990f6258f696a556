"""How hits are written: a table for people, CSV for spreadsheets, JSON for programs. Callers choose much of the text in
a record, so each form takes care that it is nothing but text."""
