"""AWS's event and filter patterns, and the conditions of rules; uses only the standard library.

The lab, the rules, the policy pack and the responder's Lambda archive all use this package, so it imports no other
package of the project.
"""
