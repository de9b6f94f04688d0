"""Where sockets live and which wheel holds which binary."""

import hashlib
import os
import stat
from importlib.util import find_spec
from pathlib import Path

from config.embedded.process import ServiceError

# The kernel's limit for a socket's path is 104 (macOS) to 108 bytes (Linux), its final zero included.
SOCKET_PATH_BYTES = 100
POSTGRES_SOCKET = ".s.PGSQL.5432"


def socket_root(var_dir: Path) -> Path:
    """`var_dir` itself, or a short folder named after it when a socket below it would have too long a path.

    The short one is always below /tmp, whatever TMPDIR says: every process must arrive at the same name.
    """
    var_dir = var_dir.absolute()
    longest = var_dir / "postgres-socket" / POSTGRES_SOCKET
    if len(os.fsencode(longest)) <= SOCKET_PATH_BYTES:
        return var_dir
    return Path("/tmp") / f"agora-{hashlib.sha256(os.fsencode(var_dir)).hexdigest()[:16]}"  # noqa: S108  make_socket_root checks its owner


def postgres_sockets(var_dir: Path) -> Path:
    return socket_root(var_dir) / "postgres-socket"


def redis_socket(var_dir: Path) -> Path:
    return socket_root(var_dir) / "redis.sock"


def make_socket_root(var_dir: Path) -> Path:
    """Creates the folder of the sockets; refuses one in /tmp that somebody else put there first."""
    root = socket_root(var_dir)
    if root == var_dir.absolute():
        root.mkdir(parents=True, exist_ok=True)
        return root
    # Root hands PostgreSQL's own folder inside to another user, who has to get through.
    mode = 0o711 if os.geteuid() == 0 else 0o700
    root.mkdir(mode=mode, exist_ok=True)
    found = root.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise ServiceError(
            f"{root} should hold the sockets for {var_dir} but is not a private folder of this user. "
            f"Remove it, or set VAR_DIR to a shorter path, so that it is not needed."
        )
    return root


def binary(package: str, path: str, variable: str) -> Path:
    """A server's executable inside an installed wheel, found without importing the package.

    ServiceError names `variable`, the setting that makes the embedded server unnecessary.
    """
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        found = Path(folder) / path
        if found.is_file():
            return found
    raise ServiceError(
        f"the Python package {package} with {path} is not installed. "
        f"Run `make demo`, which installs it, or set {variable} to a server of your own "
        "(docs/howto/run-your-own-servers.md)."
    )
