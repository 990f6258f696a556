"""CloudTrail: the records of API calls and their delivery."""
