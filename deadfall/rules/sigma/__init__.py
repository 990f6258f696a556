"""Sigma rules: read by pySigma, held as conditions, compiled by the back ends."""
