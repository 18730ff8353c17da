"""The parent of a program that the local executor runs: sets its limits, waits for it, ends all that it leaves behind.

Runs as a script of its own, with the standard library alone and without ``site``. On Linux it adopts orphans
(PR_SET_CHILD_SUBREAPER), and dies with its own parent (PR_SET_PDEATHSIG). Its one argument is a JSON order.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from contextlib import suppress
from types import FrameType

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36
NOT_STARTED = 127
STOPS = {signal.SIGTERM}
LOOK_S = 0.002


def prctl(option: int, value: int) -> None:
    """Ask the kernel; nothing happens on systems without prctl."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def start(order: dict[str, object]) -> int:
    """Fork the program under its limits, in a session and as a user of its own; its process id."""
    argv, env, user, limits = order["argv"], order["env"], order["user"], order["limits"]
    assert isinstance(argv, list)
    assert isinstance(env, dict)
    assert isinstance(limits, dict)
    import resource  # not on every system on which this file may be looked at

    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        for name, value in limits.items():
            if value is not None:
                which = getattr(resource, f"RLIMIT_{name}")
                hard = resource.getrlimit(which)[1]
                most = value if hard == resource.RLIM_INFINITY else min(value, hard)
                resource.setrlimit(which, (most, most))
        if isinstance(user, int):
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # after the change of user, which takes it back
        os.execve(argv[0], argv, env)
    except BaseException as error:
        os.write(2, f"cannot start {argv[0]}: {error}\n".encode())
    os._exit(NOT_STARTED)


def descendants() -> set[int]:
    """Every process below this one; empty where the system does not tell."""
    found: set[int] = set()
    todo = [os.getpid()]
    while todo:
        pid = todo.pop()
        try:
            with open(f"/proc/{pid}/task/{pid}/children") as file:
                children = {int(child) for child in file.read().split()}
        except OSError:
            continue
        todo.extend(children - found)
        found |= children
    return found


def end_all(child: int) -> None:
    """Kill and reap until nobody is left."""
    while True:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        for pid in descendants():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            # Without blocking: the system's list may miss one that was just born, who is found in the next round.
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(LOOK_S)


def end_like(status: int) -> int:
    """The program's exit code; where a signal ended it, this process ends by the same."""
    if status < 0:
        prctl(PR_SET_DUMPABLE, 0)  # one core file of the program's is enough, or none
        with suppress(OSError):
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status


def main() -> int:
    """Run the order, and end as the program did."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    child = 0

    def on_term(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        if child:
            end_all(child)
        os._exit(128 + number)

    signal.signal(signal.SIGTERM, on_term)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)  # until the child is known
    child = start(json.loads(sys.argv[1]))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
    status = NOT_STARTED
    while True:
        pid, raw = os.wait()
        if pid == child:
            status = os.waitstatus_to_exitcode(raw)
            break
    end_all(child)
    return end_like(status)


if __name__ == "__main__":
    sys.exit(main())
