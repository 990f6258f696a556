"""Realistic database credentials for a decoy, derived from the stack's seed and equal at every run."""

import base64
import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from deadfall.decoys.secret import SecretDecoy

from .derived_value import derive, password

PORTS = {"postgres": 5432, "mysql": 3306}
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701  (JSON, escaped by `tojson`)
)


def database_secret(decoy: SecretDecoy, region: str, seed: str) -> str:
    """Return the JSON of database credentials, in the shape that RDS rotation writes.

    Its host and password are derived from the seed (components/derived_value.py).
    """
    database = decoy.database
    host_id = base64.b32encode(derive(seed, decoy.name, "host")).decode().lower()[:12]
    rendered = _templates.get_template("database.json.j2").render(
        engine=database.engine,
        host=f"{database.dbname.replace('_', '-')}.c{host_id}.{region}.rds.amazonaws.com",
        port=PORTS[database.engine],
        username=database.username,
        password=password(seed, decoy.name),
        dbname=database.dbname,
    )
    return json.dumps(json.loads(rendered))
