"""What a decoy says: realistic values, the same at every run, from a seed that only the stack knows."""

import base64
import hashlib
import hmac
import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from deadfall.decoys.secret import SecretDecoy

PORTS = {"postgres": 5432, "mysql": 3306}
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701  (JSON, escaped by `tojson`)
)


def database_secret(decoy: SecretDecoy, region: str, seed: str) -> str:
    """The JSON that Secrets Manager keeps for a database, in the shape that RDS rotation writes.

    Derived, not random: a value that changed at every run would show as a diff in every preview. Whoever has the seed
    can compute the values, so it is a Pulumi secret.
    """
    database = decoy.database
    host_id = base64.b32encode(_derive(seed, decoy.name, "host")).decode().lower()[:12]
    rendered = _templates.get_template("database.json.j2").render(
        engine=database.engine,
        host=f"{database.dbname.replace('_', '-')}.c{host_id}.{region}.rds.amazonaws.com",
        port=PORTS[database.engine],
        username=database.username,
        password=base64.urlsafe_b64encode(_derive(seed, decoy.name, "password")).decode()[:28],
        dbname=database.dbname,
    )
    return json.dumps(json.loads(rendered))


def _derive(seed: str, name: str, purpose: str) -> bytes:
    return hmac.new(seed.encode(), f"{name}\0{purpose}".encode(), hashlib.sha256).digest()
