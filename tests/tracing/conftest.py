"""Lets this folder's tests share the plain ledger and the strategies beside them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
