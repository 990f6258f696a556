"""A lab that runs in the background, for manual experiments.

`supervisor.py` is the background process: it runs one `Lab` and serves requests on a socket in the lab's folder
(`control.py`). `lifecycle.py` starts it with a description of the stack (`spec.py`), sends requests and stops it.
"""
