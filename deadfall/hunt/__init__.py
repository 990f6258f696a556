"""Hunting: run the detections over archived CloudTrail logs."""
