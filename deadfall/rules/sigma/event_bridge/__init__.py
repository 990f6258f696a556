"""The event path: compile Sigma rules to EventBridge event patterns."""
