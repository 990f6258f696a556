"""The exact permissions of the role that deploys a stack, from the graph of its preview.

Each resource type (`deadfall.lab.provider.resource_types`) states which permissions creating, reading, updating,
deleting and tagging take. `permission` derives those of one resource, `statements` combines them into IAM statements,
`documents` into managed policies within AWS's quotas, and `generate` does all of it for a stack.
"""
