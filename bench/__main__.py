"""Every benchmark of this folder, one after the other, each in a process of its own.

``python -m bench [NAME …]``. Each prints its own figures beside a named peer's, measured in the
same run, and a ratio; this prints which one is running and fails where one of them does.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(wanted: list[str]) -> int:
    found = sorted(p.stem for p in HERE.glob("*.py") if not p.stem.startswith("_"))
    unknown = set(wanted) - set(found)
    if unknown:
        sys.stderr.write(f"no benchmark {sorted(unknown)}; there are {found}\n")
        return 2
    failed = []
    for name in wanted or found:
        sys.stdout.write(f"── bench/{name}.py\n")
        sys.stdout.flush()
        if subprocess.run([sys.executable, HERE / f"{name}.py"], check=False).returncode:
            failed.append(name)
    if failed:
        sys.stderr.write(f"failed: {', '.join(failed)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
