"""Definitions of all tables, as data, one module per layer.

Read by ``transforms.schemas.tables`` and nobody else.
"""

from transforms.schemas.definitions.core import CORE
from transforms.schemas.definitions.marts import MARTS
from transforms.schemas.definitions.meta import META
from transforms.schemas.definitions.staged import STAGED

DEFINITIONS: tuple[dict[str, str], ...] = STAGED + CORE + MARTS + META
