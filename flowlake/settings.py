"""Settings, read from the environment once, at the entry points, and passed down.

=========================  ==================================================================
``FLOWLAKE_LAKE``          the lake: a folder or ``s3://bucket/prefix`` (default ``./lake``)
``FLOWLAKE_DROP``          the folder whose files DAG runs may name (default ``./drop``)
``FLOWLAKE_LIVE``          sources the scheduler fetches at their cadence: ``all`` but the
                           non-commercial ones, or some by name
``FLOWLAKE_MEMORY_LIMIT``  what DuckDB may hold in memory (default ``1GB``)
``FLOWLAKE_THREADS``       threads of DuckDB (default 2)
``FLOWLAKE_LABELS``        sources or labellers whose labels win in ``core.services``, by commas,
                           first before later (``Acme compliance, label_csv``; default: none)
``FLOWLAKE_PAR``           stablecoins worth a dollar on days without a price: asset ids or symbols
                           by commas, or ``all`` registered ones (default: none)
``FLOWLAKE_USER_AGENT``    who a live fetch says it is
``FLOWLAKE_TOKEN_<NAME>``  token that a source's URL needs: ``FLOWLAKE_TOKEN_EU_FSF``
``AWS_*``                  where and how an S3 lake is reached
=========================  ==================================================================
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from transforms.errors import LakeError
from transforms.lake.storage import Storage

# OFAC's gateway turns away agents that do not begin so or have fewer than 40 characters (2026-07).
USER_AGENT = "Mozilla/5.0 (compatible; flowlake/0.1; data lake for sanctions and money flows)"

_OF_SOURCE = "FLOWLAKE_TOKEN_"
_MEMORY = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})? ?([KMGT]i?B)", re.IGNORECASE)
_THREADS = re.compile(r"[1-9][0-9]{0,2}")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the lake is and how much of the machine a run may use."""

    lake: str
    drop: Path
    memory_limit: str = "1GB"
    threads: int = 2
    user_agent: str = USER_AGENT
    label_priority: tuple[str, ...] = ()
    par: tuple[str, ...] = ()
    live: frozenset[str] = frozenset()
    # By source; they are written into URLs and never into logs or manifests.
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    storage_options: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_env(cls, lake: str | None = None) -> Self:
        """Read the environment; ``lake`` (an option of the command) wins over it."""
        env = os.environ
        where = lake or env.get("FLOWLAKE_LAKE") or "lake"
        scheme, is_uri, place = where.partition("://")
        is_s3 = bool(is_uri) and scheme.lower() in {"s3", "s3a"}
        if is_uri and not is_s3 and scheme.lower() != "file":
            raise LakeError(f"{scheme}://…: a lake is a local path or s3://bucket/prefix")
        if not is_s3:
            where = str(Path(place if is_uri else where).expanduser().resolve())
        return cls(
            lake=where,
            drop=Path(env.get("FLOWLAKE_DROP") or "drop").expanduser().resolve(),
            memory_limit=_matching(_MEMORY, env, "FLOWLAKE_MEMORY_LIMIT", "1GB"),
            threads=int(_matching(_THREADS, env, "FLOWLAKE_THREADS", "2")),
            user_agent=env.get("FLOWLAKE_USER_AGENT") or USER_AGENT,
            label_priority=_words(env, "FLOWLAKE_LABELS"),
            par=_words(env, "FLOWLAKE_PAR"),
            live=frozenset(env.get("FLOWLAKE_LIVE", "").replace(",", " ").split()),
            tokens={
                k.removeprefix(_OF_SOURCE).lower(): v
                for k, v in env.items()
                if k.startswith(_OF_SOURCE) and v
            },
            storage_options={
                k: v
                for k, v in env.items()
                if is_s3 and (k.startswith("AWS_") or k == "aws_conditional_put")
            },
        )

    @property
    def storage(self) -> Storage:
        """The lake's storage."""
        return Storage(self.lake, self.storage_options)


def _words(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Words between commas."""
    return tuple(w.strip() for w in env.get(name, "").split(",") if w.strip())


def _matching(form: re.Pattern[str], env: Mapping[str, str], name: str, default: str) -> str:
    """Value of a setting; refused here by its name, not later by a library without it."""
    value = env.get(name) or default
    if not form.fullmatch(value):
        raise LakeError(f"{name}: expected something like {default}, found {value!r}")
    return value
