"""A lab that runs in the background, to try things by hand.

`supervisor.py` is the process: it holds one `Lab` and answers on a socket in the lab's folder (`control.py`). Its
starter (`lifecycle.py`) describes the stack to it (`spec.py`), sends requests and ends it.
"""
