"""CloudTrail: the record of every API call, and where records go."""
