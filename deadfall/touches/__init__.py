"""Ways to touch a decoy, with the CloudTrail records that each produces."""
