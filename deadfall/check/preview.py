"""Preview a stack with the built-in engine, without the Pulumi CLI, the lab's emulator or AWS."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from deadfall import yaml_reader
from deadfall.lab.engine import Deployment, Result
from deadfall.program_folder import program_folder

_IDENTITY = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    "<Arn>arn:aws:iam::{0}:root</Arn><UserId>{0}</UserId><Account>{0}</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


def preview(stack: str, values: Mapping[str, str], secrets: frozenset[str], account_id: str) -> Result:
    """Return what the program registers for a new stack with this config.

    Args:
        values: the stack's config by full key, as the program receives it.
        secrets: the keys whose values are secret.

    Raises:
        DeploymentError: the program failed, or registers something invalid.
    """
    program = program_folder()
    with TemporaryDirectory() as folder, _identity_endpoint(account_id) as endpoint:
        project = yaml_reader.load((program / "Pulumi.yaml").read_text()) | {"main": str(program.resolve())}
        Path(folder, "Pulumi.yaml").write_text(json.dumps(project))
        Path(folder, f"Pulumi.{stack}.yaml").write_text(json.dumps({"config": dict(values)}))
        environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": account_id,
            "AWS_SECRET_ACCESS_KEY": "test",
            "NO_PROXY": "127.0.0.1",
        }
        return Deployment(
            Path(folder),
            stack,
            secrets=secrets,
            provider_environment=environment,
            state=Path(folder, "state.json"),
        ).preview()


@contextmanager
def _identity_endpoint(account_id: str) -> Iterator[str]:
    """Serve sts:GetCallerIdentity, the only call of a preview, on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = _IDENTITY.format(account_id).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
