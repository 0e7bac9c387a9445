"""What tests share: real material, a cache that no other run sees, what a quick run leaves out."""

import asyncio
import os
import re
import shutil
import sys
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import settings

for name, examples in {"whole": 60, "quick": 15}.items():
    settings.register_profile(name, max_examples=examples, deadline=None, derandomize=True)

ASSETS = Path(os.environ.get("FITDOCTOR_ASSETS", Path(__file__).parents[2] / "shared"))


collect_ignore = ["answers"]
"""Questions and scripts of people, no modules of tests."""
LARGE, ONE_IN, LEAST, MOST = 6, 8, 3, 16
"""Cases from which on a test is a large family, of which a quick run takes one in so many, and how
many at least and at most."""


def pytest_addoption(parser):
    parser.addoption(
        "--quick",
        action="store_true",
        help=f"run no test marked slow unless it is marked quick too, one in {ONE_IN} cases of "
        f"tests with {LARGE} or more, one case of tests marked costly, few examples of drawn ones",
    )


BUDGET = 95
"""Seconds of processor time for a quick run, all workers together: less than a minute on two cores.
Four times as many fail it; where other work shares the cores, the same run takes up to twice."""


def _spent():
    return sum(os.times()[:4])  # this process and those that it has waited for


@pytest.hookimpl(trylast=True)  # after the workers have ended
def pytest_sessionfinish(session, exitstatus):
    if session.config.getoption("--quick") and exitstatus == 0 and _spent() > 4 * BUDGET:
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter, config):
    if config.getoption("--quick"):
        terminalreporter.write_line(f"quick run: {_spent():.0f} of {BUDGET} s of processor time")


def pytest_configure(config):
    quick = config.getoption("--quick")
    settings.load_profile("quick" if quick else "whole")
    # Snapshots of tests that are left out are none that nobody uses.
    config.option.disable_unused_snapshots = quick


SLOW_AS_A_WHOLE = re.compile(r"^pytestmark = pytest\.mark\.slow$", re.MULTILINE)


def pytest_ignore_collect(collection_path, config):
    """Import no file in a quick run that has no part in it: most load Keras."""
    if not config.getoption("--quick") or not collection_path.name.startswith("test_"):
        return None
    text = collection_path.read_text(encoding="utf-8")
    slow = collection_path.parent.name == "training" or SLOW_AS_A_WHOLE.search(text)
    return True if slow and "mark.quick" not in text else None


NEVER_TO_COLLECT = {"keras", "matplotlib", "scipy.optimize", "scipy.stats", "tensorflow", "torch"}
"""Libraries that take longer to import than the tests of a quick run that do not need them."""


@pytest.hookimpl(trylast=True)  # after the folders have marked their tests
def pytest_collection_modifyitems(config, items):
    """Leave out by name what a quick run can do without: the same tests each time."""
    if not config.getoption("--quick"):
        return
    if loaded := NEVER_TO_COLLECT & sys.modules.keys():
        names = ", ".join(sorted(loaded))
        raise pytest.UsageError(f"a test file imports {names}: import it in the test that needs it")
    families = {}
    for item in items:
        if item.get_closest_marker("quick") or not item.get_closest_marker("slow"):
            families.setdefault(item.nodeid.partition("[")[0], []).append(item)
    kept = {item for cases in families.values() for item in _in_quick_run(cases)}
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("keras"))
    if getattr(config.option, "loadgroup", False):
        _with_groups(items)


def _with_groups(items):
    """Put the group of each test at the end of its id, where the scheduler of xdist looks for it.

    pytest-xdist 3.8 does it before slow tests have their group, and by `_nodeid`, which pytest 9.2
    does not read.
    """
    for item in items:
        group = item.get_closest_marker("xdist_group")
        if group is not None and not item.nodeid.endswith(f"@{group.args[0]}"):
            item._id = type(item._id).parse(f"{item.nodeid}@{group.args[0]}")


def _in_quick_run(cases):
    """Return the cases of one test that a quick run takes: at least one."""
    if cases[0].get_closest_marker("costly"):
        most = 1
    else:
        most = len(cases) if len(cases) < LARGE else min(MOST, max(LEAST, len(cases) // ONE_IN))
    return sorted(cases, key=lambda item: zlib.crc32(item.nodeid.encode()))[:most]


@pytest.fixture(scope="session")
def assets() -> Path:
    """Return the folder of real cases; skip where it is absent."""
    if not (ASSETS / "seeds").is_dir():
        pytest.skip(f"no real material at {ASSETS}; set FITDOCTOR_ASSETS")
    return ASSETS


@pytest.fixture(scope="session")
def browser():
    """Return a Chromium that finds no host but this one, also as `other.example`."""
    tool = pytest.importorskip("playwright.sync_api")
    names = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    path = next(filter(None, names), None)
    if path is None:
        pytest.skip("no Chromium (Debian: apt-get install chromium)")
    hosts = "MAP other.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    arguments = [f"--host-resolver-rules={hosts}"]
    arguments += ["--no-sandbox"] if os.geteuid() == 0 else []
    with tool.sync_playwright() as playwright:
        begun = playwright.chromium.launch(executable_path=path, args=arguments)
        yield begun
        begun.close()


@pytest.fixture(scope="session")
def grave():
    """Return a function of a page: what axe-core finds serious in it, by all rules or one."""
    bundled = pytest.importorskip("axe_playwright_python")
    axe = (Path(bundled.__file__).parent / "axe.min.js").read_text()

    def found(page, rule=""):
        only = f", runOnly: ['{rule}']" if rule else ""
        page.evaluate(axe)  # by the debugger: the policy of a page forbids it as a script
        asked = f"axe.run(document, {{resultTypes: ['violations']{only}}})"
        worst = [v for v in page.evaluate(asked)["violations"]
                 if v["impact"] in {"serious", "critical"}]  # fmt: skip
        return [(v["id"], v["nodes"][0]["html"][:200]) for v in worst]

    return found


@pytest.fixture(autouse=True)
def _one_worker_of_a_quick_run_imports_keras(request):
    before = "keras" in sys.modules
    yield
    if before or "keras" not in sys.modules or not request.config.getoption("--quick"):
        return
    group = request.node.get_closest_marker("xdist_group")
    of_keras = group is not None and "keras" in group.args
    assert of_keras, "this test imports Keras: mark it pytest.mark.xdist_group('keras')"
    if getattr(request.config.option, "loadgroup", False):
        assert request.node.nodeid.endswith("@keras"), "xdist does not keep groups together"


@pytest.fixture
def cost():
    """Return what gives the cost of a call, in turns: the least of at most three measurements.

    A turn is a fixed piece of work, about a tenth of a second of processor time on a machine of
    2024. A quarter of it is measured before and after the call, so that a slower machine, or one
    whose cores other work shares, gives the same figure.
    """

    def turn():
        began = time.process_time()
        for number in range(30_000):
            re.search(r"(\d+)x", f"loss: {number} acc")
        return 4 * (time.process_time() - began)

    def turns(call, enough=0.0):
        least = float("inf")
        for _ in range(3):
            before = turn()
            began = time.process_time()
            call()
            taken = time.process_time() - began
            least = min(least, 2 * taken / (before + turn()))
            if least < enough:
                break
        return least

    return turns


@pytest.fixture(autouse=True)
def _no_loop_of_a_browser(request):
    """Let tests without a browser run loops of their own.

    Playwright's loop rests between its calls, in this thread, and counts as running for as long as
    the browser of a session is open: `asyncio.run` is refused then.
    """
    resting = asyncio._get_running_loop()
    if resting is None or "browser" in request.fixturenames:
        yield
        return
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(resting)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("FITDOCTOR_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
