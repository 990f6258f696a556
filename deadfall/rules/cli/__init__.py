"""`deadfall rules`: the detections, and what becomes of a Sigma rule."""
