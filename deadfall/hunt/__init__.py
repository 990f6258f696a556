"""Hunting: the detections asked of what CloudTrail has archived."""
