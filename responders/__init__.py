"""Code that runs in AWS Lambda: standard library, boto3 and `deadfall.patterns` only."""
