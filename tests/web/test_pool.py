"""Workers: one that is slow or dies is replaced, and none can write or grow without bound."""

import asyncio
import subprocess
import sys

import pytest

from fitdoctor.web.messages import TEXT, Examine, Part, Refused, RulePage, Shown
from fitdoctor.web.pool import Pool

pytestmark = pytest.mark.slow
PAGE = RulePage(name="overfitting")
LONG = Examine(case="", parts=(Part(name=TEXT, text="val_loss is bad; " * 100_000),))


def with_pool(of, size=1, **made):
    async def whole():
        pool = Pool(size, **made)
        await pool.start()
        try:
            return await of(pool)
        finally:
            await pool.stop()

    return asyncio.run(whole())


def test_a_slow_one_is_ended_a_dead_one_is_replaced_and_the_next_is_answered():
    async def asked(pool):
        first = await pool.ask(PAGE)
        (one,) = pool._all
        pool.slow = 0.001
        slow = await pool.ask(LONG)
        pool.slow = 60
        after_slow = await pool.ask(PAGE)
        ended = one.returncode
        (other,) = pool._all - {one}
        waiting = asyncio.create_task(pool.ask(LONG))
        await asyncio.sleep(0.1)
        other.kill()
        dead = await waiting
        return first, slow, after_slow, ended, dead, await pool.ask(PAGE)

    first, slow, after_slow, ended, dead, last = with_pool(asked)
    assert isinstance(first, Shown)
    assert first == after_slow == last
    assert "within 0.001 seconds" in slow.why
    assert ended == -9
    assert "bug of fitdoctor" in dead.why


def test_many_wait_and_too_many_are_told():
    async def asked(pool):
        return await asyncio.gather(*(pool.ask(PAGE) for _ in range(250)))

    replies = with_pool(asked)
    told = [r for r in replies if isinstance(r, Refused)]
    assert 0 < len(told) < 60
    assert all("at once" in r.why for r in told)


def test_what_is_read_aside_keeps_nobody_waiting_and_is_never_too_much():
    async def asked(pool):
        aside = [asyncio.create_task(pool.ask_aside(LONG)) for _ in range(3)]
        aside += [asyncio.create_task(pool.ask_aside(PAGE)) for _ in range(250)]
        await asyncio.sleep(0.1)
        replies = [await pool.ask(PAGE) for _ in range(3)]
        over = sum(task.done() for task in aside)
        return replies, over, await asyncio.gather(*aside)

    replies, over, aside = with_pool(asked, size=2)
    assert all(isinstance(reply, Shown) for reply in replies)
    assert over <= 2
    assert all(isinstance(reply, Shown) for reply in aside[3:])


def limited(code):
    code = f"from fitdoctor.web import worker; worker._limit(); {code}"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_a_worker_writes_nothing_and_has_a_bound(tmp_path):
    wrote = limited(f"import pathlib; pathlib.Path({str(tmp_path / 'x')!r}).write_text('x' * 100)")
    assert "OSError" in wrote.stderr
    assert not (tmp_path / "x").exists() or not (tmp_path / "x").read_bytes()
    assert "MemoryError" in limited("bytearray(5_000_000_000)").stderr
    assert limited("print(len(bytearray(50_000_000)))").stdout.strip() == "50000000"
