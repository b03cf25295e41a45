"""A bucket of a local S3 server, for the tests that ask for one."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import fs

from transforms.lake.storage import Storage


@pytest.fixture(scope="session")
def s3_options() -> Iterator[dict[str, str]]:
    """Options of a running S3 server, with an empty bucket called ``lake``.

    A process of its own: deltalake's restore holds the interpreter while it waits for answers.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        options = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "canary-secret",
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
        }
        fs.S3FileSystem(
            access_key="key",
            secret_key="canary-secret",
            region="us-east-1",
            scheme="http",
            endpoint_override=f"127.0.0.1:{port}",
            allow_bucket_creation=True,
        ).create_dir("lake")
        yield options
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def s3_lake(s3_options: dict[str, str]) -> Storage:
    """An empty lake in a bucket."""
    return Storage(f"s3://lake/{uuid.uuid4().hex}", s3_options)
