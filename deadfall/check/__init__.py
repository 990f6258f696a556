"""Check a stack before deployment: config, rules, coverage and guardrails, without the Pulumi CLI and without AWS."""
