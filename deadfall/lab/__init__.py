"""The lab: an embedded AWS emulator with AWS's validation and with CloudTrail."""
