"""Locks on shared folders: one holder at a time, whatever ends it, and no wait for the dead."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fitdoctor import locks

COUNTER = """
import sys, time
from pathlib import Path
from fitdoctor import locks
home, times = Path(sys.argv[1]), int(sys.argv[2])
for _ in range(times):
    with locks.held(home / "lock"):
        seen = int((home / "count").read_text())
        time.sleep(0.001)
        (home / "count").write_text(str(seen + 1))
"""
HOLDER = """
import sys, time
from pathlib import Path
from fitdoctor import locks
with locks.held(Path(sys.argv[1]), expiry=float(sys.argv[2])):
    print("held", flush=True)
    time.sleep(60)
"""
on_linux = pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")


@pytest.fixture(scope="module", autouse=True)
def quickly():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locks, "POLL", (0.005, 0.02))
        patch.setattr(locks, "SETTLE", 0.1)
        yield


@pytest.fixture
def elsewhere(monkeypatch):
    """Let this process take itself for one of another machine than its children."""
    monkeypatch.setattr(locks, "_machine", lambda: "another")


def hold(path, expiry):
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), str(expiry)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "held\n"
    return child


def end(child):
    child.kill()
    child.communicate()


def seconds_until_held(path, expiry):
    began = time.monotonic()
    with locks.held(path, expiry=expiry):
        return time.monotonic() - began


def test_two_processes_that_count_together_lose_no_count(tmp_path):
    (tmp_path / "count").write_text("0")
    children = [
        subprocess.Popen([sys.executable, "-c", COUNTER, str(tmp_path), "40"]) for _ in range(2)
    ]
    assert [child.wait(60) for child in children] == [0, 0]
    assert (tmp_path / "count").read_text() == "80"
    assert os.listdir(tmp_path) == ["count"]  # noqa: PTH208


@on_linux
def test_the_lock_of_a_process_that_was_killed_here_is_taken_over_at_once(tmp_path):
    end(hold(tmp_path / "lock", 30))
    assert (tmp_path / "lock").exists()
    assert not locks.is_held(tmp_path / "lock")
    assert seconds_until_held(tmp_path / "lock", 30) < 5
    assert not (tmp_path / "lock").exists()


@on_linux
def test_the_file_of_the_dead_is_swept_and_that_of_the_living_is_not(tmp_path):
    child = hold(tmp_path / "lock", 30)
    locks.sweep(tmp_path / "lock")
    assert locks.is_held(tmp_path / "lock")
    end(child)
    locks.sweep(tmp_path / "lock")
    assert not (tmp_path / "lock").exists()


def test_the_lock_of_a_dead_process_elsewhere_is_taken_over_when_it_expires(tmp_path, elsewhere):
    end(hold(tmp_path / "lock", 1.0))
    assert locks.is_held(tmp_path / "lock")
    assert 1.0 <= seconds_until_held(tmp_path / "lock", 1.0) < 10


@pytest.mark.slow
def test_a_holder_that_lives_keeps_its_lock_far_beyond_the_expiry(tmp_path, elsewhere):
    child = hold(tmp_path / "lock", 0.5)
    waiting = locks.Lease(tmp_path / "lock", 0.5, "", lambda: None)
    thread = threading.Thread(target=waiting.acquire, daemon=True)
    thread.start()
    thread.join(2.5)
    assert thread.is_alive()
    end(child)
    thread.join(10)
    assert not thread.is_alive()
    waiting.release()


def test_a_holder_that_was_stopped_and_replaced_hears_that_it_has_lost(tmp_path, elsewhere):
    program = HOLDER.replace(
        "expiry=float(sys.argv[2])",
        'expiry=float(sys.argv[2]), on_lost=lambda: print("lost", flush=True)',
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "lock"), "0.5"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert child.stdout.readline() == "held\n"
        child.send_signal(signal.SIGSTOP)
        with locks.held(tmp_path / "lock", expiry=0.5) as mine:
            child.send_signal(signal.SIGCONT)
            assert child.stdout.readline() == "lost\n"
            assert mine.holds()
    finally:
        end(child)


def test_a_lock_is_revoked_by_the_name_of_its_owner_alone(tmp_path):
    heard = threading.Event()
    with locks.held(tmp_path / "lock", expiry=0.5, owner="a", on_lost=heard.set) as lease:
        locks.revoke(tmp_path / "lock", "b")
        assert lease.holds()
        locks.revoke(tmp_path / "lock", "a")
        assert heard.wait(5)
        assert not lease.holds()


@given(st.binary(max_size=40) | st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["machine", "pid", "born", "token", "owner"]), inner)
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
@settings(max_examples=15, deadline=None)
def test_whatever_stands_in_a_stale_lock_file_it_is_taken_over(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("stale") / "lock"
    path.write_bytes(text)
    locks.revoke(path, "nobody")
    assert locks.is_held(path)
    with locks.held(path, expiry=0.02) as lease:
        assert lease.holds()
    assert not path.exists()


@pytest.mark.slow
@given(st.lists(st.sampled_from(["live", "killed", "empty"]), min_size=1, max_size=2))
@settings(max_examples=4, deadline=None)
def test_of_many_who_wait_for_a_dead_holder_one_at_a_time_gets_the_lock(tmp_path_factory, kinds):
    """Every waiter sees the same stale file at the same time, and may put itself in its place."""
    path = tmp_path_factory.mktemp("many") / "lock"
    inside, most, entered = 0, 0, 0
    guard = threading.Lock()

    def work():
        nonlocal inside, most, entered
        with locks.held(path, expiry=1.5):
            with guard:
                inside, entered = inside + 1, entered + 1
                most = max(most, inside)
            time.sleep(0.02)
            with guard:
                inside -= 1

    for kind in kinds:
        if kind == "killed":
            dead = json.dumps(
                {"machine": locks._machine(), "pid": 2**30, "born": "1", "token": "t"}
            )
            path.write_text(dead)
        elif kind == "empty":
            path.write_text("")
            os.utime(path)
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert most == 1
    assert entered == 4 * len(kinds)
