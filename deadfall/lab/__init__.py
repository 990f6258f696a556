"""The lab: an embedded AWS that is as strict as AWS, with CloudTrail in front."""
