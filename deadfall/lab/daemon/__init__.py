"""`deadfall lab`: a lab that keeps running, to try things by hand.

`keeper.py` is the process that stays: it holds one `Lab` and answers on a socket in the lab's folder (`control.py`).
The commands (`cli.py`) start it, ask it, and end it (`lifecycle.py`).
"""
