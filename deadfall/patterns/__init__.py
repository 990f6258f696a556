"""Patterns that AWS matches records with, and the meaning of a rule: standard library only.

The lab, the rules, the policy pack and the responder's Lambda archive all use this package, so it imports nothing else
of the project.
"""
