"""The log path: compile Sigma rules to CloudWatch Logs metric filters."""
