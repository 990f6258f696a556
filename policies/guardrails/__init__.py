"""Guardrails, one per file, in a folder per topic; the modules beside this one are what they share.

To add one: a file in a topic's folder that sets POLICY, by `guardrail.on_resource` or `guardrail.on_stack`. It is found
by itself, and its name is made of the folder's and the file's.
"""
