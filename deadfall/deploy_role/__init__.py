"""The exact permissions of the role that deploys a stack, from the graph of its preview.

`types` says, per Pulumi type, what creating, reading, updating, deleting and tagging one asks of AWS; `statements`
makes IAM statements of it, `documents` makes managed policies within AWS's quotas, `generate` does all of it for a
stack.
"""
