"""Values of decoys that look random and are the same at every run, derived from a seed that only the stack has.

A value that changed at every run would show as a diff in every preview. The seed is a Pulumi secret: the values can be
computed from it.
"""

import base64
import hashlib
import hmac

_PASSWORD_CHARACTERS = 28


def derive(seed: str, name: str, purpose: str) -> bytes:
    """Return 32 bytes that no other name or purpose has."""
    return hmac.new(seed.encode(), f"{name}\0{purpose}".encode(), hashlib.sha256).digest()


def password(seed: str, name: str) -> str:
    """Return a password of 28 characters, of letters, digits, hyphens and underscores."""
    return base64.urlsafe_b64encode(derive(seed, name, "password")).decode()[:_PASSWORD_CHARACTERS]
