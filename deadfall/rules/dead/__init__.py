"""Why a condition of a rule can't hold for any record."""
