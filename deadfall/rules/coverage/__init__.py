"""Prove before deployment that each way to touch a decoy is detected."""
