"""Stack files for tests of the check, as text: a right one, and changes of single lines."""

GOOD = """\
encryptionsalt: v1:salt
config:
  deadfall:accountId: "111122223333"
  deadfall:regions: [eu-west-1, us-east-1]
  deadfall:deployRoleArn: arn:aws:iam::111122223333:role/deploy
  deadfall:alertEmails: [soc@example.com]
  deadfall:tags: {Team: platform}
  deadfall:decoySeed: {secure: v1:sealed}
  deadfall:decoys:
    - kind: secret
      name: prod/billing/postgres
"""


def with_key(key: str, value: str) -> str:
    """Return the file with another value of a key of the namespace, added if it has none."""
    before, found, after = GOOD.partition(f"  deadfall:{key}:")
    if not found:
        return with_lines(f"deadfall:{key}: {value}")
    rest = after.split("\n")
    end = next((n for n, line in enumerate(rest[1:], 1) if not line.startswith("    ")), len(rest))
    return f"{before}  deadfall:{key}: {value}\n" + "\n".join(rest[end:])


def without_key(key: str) -> str:
    """Return the file without a key of the namespace."""
    marked = with_key(key, "GONE")
    return "".join(line for line in marked.splitlines(keepends=True) if not line.endswith("GONE\n"))


def with_lines(*lines: str) -> str:
    """Return the file with more lines at its end, inside of `config`."""
    return GOOD + "".join(f"  {line}\n" for line in lines)
