"""Downloads from a server of our own, and what they leave behind."""

from pathlib import Path
from typing import Any

import pytest

from flowlake.download import Download, Limits, download
from transforms.errors import InputRefused

AGENT = "Mozilla/5.0 (compatible; flowlake tests; nobody@example.org)"
BODY = b"".join(b"%06d,party\r\n" % n for n in range(20_000))
LOCAL = Limits(private_hosts=("127.0.0.1", "localhost"))


class Fetch:
    """Downloads into a folder and remembers how long it would have slept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.slept: list[float] = []

    def __call__(self, url: str, limits: Limits = LOCAL, **options: Any) -> Download:
        return download(
            url,
            self.folder / "body",
            **{"hosts": ("127.0.0.1",), "user_agent": AGENT, **options},
            limits=limits,
            sleep=self.slept.append,
        )

    def refused(self, url: str, limits: Limits = LOCAL, **options: Any) -> str:
        """Message of a refusal that leaves nothing behind."""
        with pytest.raises(InputRefused) as e:
            self(url, limits, **options)
        assert list(self.folder.iterdir()) == []
        return str(e.value)
