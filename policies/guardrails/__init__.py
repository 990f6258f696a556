"""Guardrails, one per file, in a folder per topic; the modules beside this one are shared.

To add one, add a file to a topic's folder that sets POLICY with `guardrail.on_resource` or `guardrail.on_stack`. The
pack discovers it, and names it after the folder and the file.
"""
