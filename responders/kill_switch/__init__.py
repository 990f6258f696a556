"""The kill switch: contains the principal that touched a decoy, keeps the evidence, and tells people.

    parse → resolve the principal → decide (pure) → act → verify → record → tell

It is deployed as this package at the root of a Lambda archive, with the manifest `detections.json` beside it and
`kill_switch.handler.lambda_handler` as the handler. Imports are relative, so that it also runs as
`responders.kill_switch`.
"""
