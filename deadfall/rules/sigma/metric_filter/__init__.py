"""Path L: Sigma rules as CloudWatch Logs metric filters."""
