"""Assets and secrets as they come over the wire (pulumi/pulumi, sdk/go/common/resource/sig)."""

SPECIAL = "4dabf18193072939515e22adb298388d"
_ASSET, _ARCHIVE, _SECRET = (
    "c44067f5952c0a294b673a41bacd8c17",
    "0def7320c3a5731c473e5ecbe6d01bc7",
    "1b47061264138c4ac30d75fd1eb44270",
)


def archive(text: str) -> dict[str, object]:
    """An archive of one file with this text."""
    return {SPECIAL: _ARCHIVE, "assets": {"detections.json": {SPECIAL: _ASSET, "text": text}}}


def secret(value: object) -> dict[str, object]:
    return {SPECIAL: _SECRET, "value": value}
