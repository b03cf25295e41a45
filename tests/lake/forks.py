"""Processes that can be killed: a server that has imported everything and forks per task.

deltalake's runtime does not survive a fork, so the server imports it and never calls it; a
forked child costs milliseconds instead of the seconds of its imports.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class ForkServer:
    """The test's end: start a task of a module, kill it or wait for it."""

    def __init__(self, tasks: str = "tests.lake.tasks") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.lake.forks", tasks],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, task: str, **arguments: Any) -> int:
        """Run a function of the module in a child; its process id."""
        return int(self._ask({"task": task, "arguments": arguments})["pid"])

    def wait(self, pid: int) -> int:
        """Exit status of a child as ``os.waitstatus_to_exitcode`` gives it: -9 when killed."""
        return int(self._ask({"wait": pid})["status"])

    def run(self, task: str, **arguments: Any) -> int:
        """Run a task to its end."""
        return self.wait(self.start(task, **arguments))

    def kill(self, pid: int, after: float) -> int:
        """Kill a child after so many seconds, wherever it is; 0 where it was faster."""
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)
        return self.wait(pid)

    def stops(self, pid: int) -> bool:
        """Wait until a child has stopped itself; false where it ended instead."""
        return bool(self._ask({"stops": pid})["stopped"])

    def close(self) -> None:
        """End the server."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the fork server died"
        return dict(json.loads(answer))


class Said:
    """What children said so far, one mapping each time; ``path`` is where they say it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def wait(self) -> None:
        """Wait until somebody said something."""
        while not self():
            time.sleep(0.005)


class Killer:
    """Kills or stops its own process at the n-th call that touches the disk, before or after it.

    Counting from 1 upwards until a task survives visits every point between two such calls.
    """

    CALLS = ("link", "fsync", "replace", "unlink", "chmod", "mkdir", "posix_fallocate")

    def __init__(self, at: int, with_signal: signal.Signals = signal.SIGKILL) -> None:
        self.at = at
        self.signal = with_signal
        self.count = 0
        self._lock = threading.Lock()

    def install(self) -> None:
        """Wrap the system calls that change what is on the disk, and deltalake's commits."""
        import deltalake
        from deltalake.table import TableAlterer

        from transforms.lake import commit

        for name in self.CALLS:
            setattr(os, name, self.around(getattr(os, name)))
        table = deltalake.DeltaTable
        table.create_write_transaction = self.around(table.create_write_transaction)
        table.restore = self.around(table.restore)
        TableAlterer.add_columns = self.around(TableAlterer.add_columns)
        commit.create_table_with_add_actions = self.around(commit.create_table_with_add_actions)

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call with a kill point on each side."""

        def killed(*arguments: Any, **options: Any) -> Any:
            self.point()
            result = call(*arguments, **options)
            self.point()
            return result

        return killed

    def point(self) -> None:
        """Die here, if it is our turn."""
        with self._lock:
            self.count += 1
            if self.count == self.at:
                os.kill(os.getpid(), self.signal)
                if self.signal == signal.SIGKILL:
                    time.sleep(60)  # the signal may take a moment to arrive


def _serve(module: str) -> None:
    tasks = import_module(module)  # in the server, once for all children
    for line in sys.stdin:
        question = json.loads(line)
        if "wait" in question:
            _, status = os.waitpid(question["wait"], 0)
            answer = {"status": os.waitstatus_to_exitcode(status)}
        elif "stops" in question:
            _, status = os.waitpid(question["stops"], os.WUNTRACED)
            answer = {"stopped": os.WIFSTOPPED(status)}
        else:
            pid = os.fork()
            if pid == 0:
                _child(getattr(tasks, question["task"]), question["arguments"])
            answer = {"pid": pid}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _child(task: Callable[..., None], arguments: dict[str, Any]) -> None:
    random.seed()  # a fork inherits its parent's state: children would wait in step
    os.dup2(2, 1)
    status = 0
    try:
        task(**arguments)
    except BaseException:  # noqa: BLE001  (the parent wants to know of whatever it was)
        traceback.print_exc()
        status = 1
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    _serve(sys.argv[1])
