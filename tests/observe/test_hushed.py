"""What is printed while we look is hushed for our thread alone."""

import io
import threading

from fitdoctor.observe.hushed import Hushed


def test_other_threads_print_as_ever():
    stream = io.StringIO()
    hushed = Hushed(stream)
    print("ours", file=hushed)
    thread = threading.Thread(target=lambda: print("theirs", file=hushed))
    thread.start()
    thread.join()
    assert hushed.getvalue() == "theirs\n"
