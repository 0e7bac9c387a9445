"""Fifty people at once at the page: how long an ordinary paste waits for its answer.

python -m benchmarks.page_load [PEOPLE] [SECONDS]

Each person pastes one of the texts of `tests/answers`, a line of their own in it so that nothing is
remembered, reads the answer for ten seconds on average, and answers the first question. Printed are
percentiles of the wait for each, the processor time that a paste costs, how busy the machine was
with other work meanwhile, and whether 95 % of pastes waited less than a second. With much other
work that says nothing, and the exit status is 2; where they waited longer without it, 1.
"""

from __future__ import annotations

import http.client
import os
import random
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import numpy as np

TEXTS = Path(__file__).parents[1] / "tests" / "answers"
READING = 10.0
"""Seconds between two requests of a person, on average."""
LONGEST = 1.0
"""Seconds that 95 % of pastes are to wait at most."""
IDLE = 0.05
"""The most of the processors that other work may take."""


class Person(threading.Thread):
    """Pastes, reads, answers, and pastes again until the time is over."""

    def __init__(self, number: int, port: int, cookie: str, texts: list[str], end: float) -> None:
        super().__init__()
        self.random, self.port, self.cookie = random.Random(number), port, cookie
        self.texts, self.end, self.number = texts, end, number
        self.pastes: list[float] = []
        self.answers: list[float] = []

    def run(self) -> None:
        time.sleep(self.random.uniform(0, READING))
        count = 0
        while time.monotonic() < self.end:
            text = f"{self.random.choice(self.texts)}\nMine is number {self.number}.{count}.\n"
            page = self.ask({"text": text}, self.pastes)
            time.sleep(self.random.expovariate(1 / READING))
            question = re.search(r'name="answer" value="([^"]+)"', page)
            case = re.search(r'name="case" value="([^"]+)"', page)
            if question and case and time.monotonic() < self.end:
                given = {"text": text, "case": case[1], "answer": question[1]}
                self.ask(given, self.answers)
                time.sleep(self.random.expovariate(1 / READING))
            count += 1

    def ask(self, fields: dict[str, str], waits: list[float]) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        kind = "application/x-www-form-urlencoded"
        headers = {"Cookie": self.cookie, "Content-Type": kind, "HX-Request": "true"}
        began = time.perf_counter()
        connection.request("POST", "/", urlencode(fields), headers)
        response = connection.getresponse()
        page = response.read().decode()
        waits.append(time.perf_counter() - began)
        connection.close()
        assert response.status == 200, page[:200]
        assert "too many people" not in page
        return page


def children_time(pid: int) -> float:
    """Return the processor seconds of a process and its children so far (Linux)."""
    total = 0.0
    for task in [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]:
        fields = Path(f"/proc/{task}/stat").read_text().rpartition(")")[2].split()
        total += sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
    return total


def machine_time() -> float:
    """Return the processor seconds of the whole machine so far (Linux)."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _, _, irq, soft = map(int, fields[:7])
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def main(people: int, seconds: float) -> int:
    texts = [path.read_text() for path in sorted(TEXTS.glob("*.txt"))]
    served = subprocess.Popen(
        [sys.executable, "-m", "fitdoctor", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert served.stdout is not None
        link = urlsplit(served.stdout.readline().strip())
        first = http.client.HTTPConnection("127.0.0.1", link.port or 0, timeout=120)
        first.request("GET", f"/?{link.query}")
        cookie = (first.getresponse().getheader("set-cookie") or "").split(";")[0]
        warm = Person(-1, link.port or 0, cookie, texts, 0)
        for text in texts * 3:
            warm.ask({"text": text}, [])
        before, began = children_time(served.pid), time.monotonic()
        all_before, own_before = machine_time(), time.process_time()
        crowd = [Person(i, link.port or 0, cookie, texts, began + seconds) for i in range(people)]
        for person in crowd:
            person.start()
        for person in crowd:
            person.join()
        spent, took = children_time(served.pid) - before, time.monotonic() - began
        own = time.process_time() - own_before
        others = max(0.0, machine_time() - all_before - spent - own)
    finally:
        served.terminate()
        served.wait(30)
    pastes = [wait for person in crowd for wait in person.pastes]
    answers = [wait for person in crowd for wait in person.answers]
    for name, waits in (("pastes", pastes), ("answers", answers)):
        middle, high, most = np.percentile(waits, [50, 95, 100])
        print(
            f"{len(waits)} {name}: {middle:.2f} s in the middle, {high:.2f} s at 95 %, {most:.2f} s most"
        )
    processors = os.cpu_count() or 1
    shares = [part / took / processors for part in (spent, own, others)]
    print(
        f"{1000 * spent / (len(pastes) + len(answers)):.0f} ms of processor time each; of "
        f"{processors} processors the page took {shares[0]:.0%}, the people {shares[1]:.0%}, "
        f"other work {shares[2]:.0%}"
    )
    high = float(np.percentile(pastes, 95))
    if shares[2] > IDLE:
        print(f"other work took more than {IDLE:.0%}: nothing is said of {LONGEST:g} s")
        return 2
    print(
        f"{high:.2f} s at 95 % of pastes: {'holds' if high <= LONGEST else 'more than'} {LONGEST:g} s"
    )
    return int(high > LONGEST)


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(int((given or ["50"])[0]), float((given[1:] or ["60"])[0])))
