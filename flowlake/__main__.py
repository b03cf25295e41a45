"""``python -m flowlake``: the same as the ``flowlake`` command."""

import sys

from flowlake.cli import main

if __name__ == "__main__":
    sys.exit(main())
