"""Code that runs in AWS Lambda: standard library and boto3 only; imports nothing else of this project."""
