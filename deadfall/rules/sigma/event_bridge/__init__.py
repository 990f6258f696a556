"""Path E: Sigma rules as EventBridge event patterns."""
