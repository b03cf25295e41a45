"""Write the passwords and keys that docker-compose.yml mounts as files. Behind `make secrets`.

Out: deploy/secrets/*, each 0600, and FLOWLAKE_UID in .env, the user that the containers run as:
compose mounts a secret with the owner and mode it has here, so only its owner can read it in there.
What exists is kept: a new key makes stored connections unreadable, a new password locks the
database. Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "deploy" / "secrets"
DOTENV = ROOT / ".env"

# Containers do not run as root even when root writes the secrets; the image's own user.
IMAGE_UID = 50000


def main() -> None:
    """Write what is missing and say where it is."""
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    uid = os.getuid() or IMAGE_UID
    database = keep("postgres_password", secrets.token_urlsafe(32), uid)
    url = f"postgresql+psycopg2://airflow:{database}@postgres/airflow"
    keep("sql_alchemy_conn", url, uid)
    # Fernet: 32 random bytes in URL-safe base64.
    keep("fernet_key", base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(), uid)
    keep("jwt_secret", secrets.token_urlsafe(64), uid)
    keep("api_secret_key", secrets.token_urlsafe(32), uid)
    keep("airflow_passwords", json.dumps({"admin": secrets.token_urlsafe(16)}), uid)
    os.chown(FOLDER, uid, -1)
    name_user(uid)
    say(f"secrets in {FOLDER}; the UI's user is admin, its password in airflow_passwords there")


def keep(name: str, fresh: str, uid: int) -> str:
    """The secret of this name: the one that is there, or the fresh one, written for its owner."""
    path = FOLDER / name
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(fresh)
        os.chown(path, uid, -1)
    return path.read_text()


def name_user(uid: int) -> None:
    """Tell compose whom the containers run as, unless somebody has."""
    lines = DOTENV.read_text().splitlines() if DOTENV.exists() else []
    if not any(line.startswith("FLOWLAKE_UID=") for line in lines):
        DOTENV.write_text("\n".join([*lines, f"FLOWLAKE_UID={uid}"]) + "\n")


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
