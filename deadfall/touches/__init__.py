"""Ways to touch a decoy, and what CloudTrail records of each."""
