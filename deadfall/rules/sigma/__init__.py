"""Sigma rules: parsed with pySigma, represented as conditions, compiled by the back ends."""
