"""Work on all threads: in order, bounded, and its errors where they are due."""

import threading

import pytest

from fitdoctor.images.threads import AHEAD, PIECE, in_order


def test_results_come_in_order_and_from_several_threads():
    seen = set()

    def work(number: int) -> int:
        seen.add(threading.get_ident())
        return -number

    assert list(in_order(work, range(1000))) == [-n for n in range(1000)]
    assert threading.get_ident() not in seen


def test_no_more_is_begun_than_may_wait():
    begun = []
    results = in_order(lambda n: begun.append(n) or n, range(100_000))
    assert next(results) == 0
    results.close()
    assert len(begun) <= (AHEAD + 1) * PIECE


def test_an_error_comes_after_the_results_before_it():
    def work(number: int) -> int:
        if number == PIECE:
            raise ValueError(number)
        return number

    results = in_order(work, range(5 * PIECE))
    assert [next(results) for _ in range(PIECE)] == list(range(PIECE))
    with pytest.raises(ValueError, match=str(PIECE)):
        next(results)
