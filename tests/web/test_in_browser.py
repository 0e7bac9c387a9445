"""The page in a real browser: paste, answer, correct, drop, by mouse and keyboard, scripts or not.

Nothing may leave this machine, nothing may be said on the console, and pages of other sites that
know the address get nothing.
"""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from .servers import LOG, Server

# One browser, and not in the worker that loads Keras, which has enough to do.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
OTHER = "other.example"
WIDTHS = (360, 768, 1280)
LONG = "a_name_without_any_place_to_break_" * 8


@pytest.fixture
def opened(browser, server):
    """Return a function that opens the page; afterwards the console and the network were quiet."""
    contexts, said, asked, homes = [], [], [], set()

    def open_page(path="", server=server, **settings):
        homes.add(urlsplit(server.home).netloc)
        context = browser.new_context(**{"viewport": {"width": 1180, "height": 900}, **settings})
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda m: m.type in {"error", "warning"} and said.append(m.text))
        page.on("pageerror", lambda e: said.append(str(e)))
        page.on("request", lambda r: asked.append(r.url))
        page.goto(server.link)
        if path:
            page.goto(server.home + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []
    assert {urlsplit(url).netloc for url in asked if not url.startswith("data:")} <= homes


def paste(page, text):
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.focus("#text")
    page.keyboard.press("Control+A")
    page.keyboard.press("Control+V")
    page.wait_for_selector("#answer .head")


def causes(page):
    return page.eval_on_selector_all("#answer .cause", "all => all.map(e => e.id.slice(6))")


@pytest.mark.parametrize(
    ("number", "verdict", "expected"),
    [
        (0, "Problem found", {"dropout_too_high", "bottleneck_before_output"}),
        (1, "Problem found", {"overfitting", "class_weights_unused"}),
        (2, "Problem found", {"dense_on_raw_pixels", "output_units_differ_from_classes"}),
        (3, "Cannot tell yet", set()),
    ],
)
def test_each_seed_is_pasted_and_answered(opened, assets, number, verdict, expected):
    (path,) = (assets / "seeds").glob(f"{number:03}_*.txt")
    page = opened()
    paste(page, path.read_text())
    assert verdict in page.inner_text("#answer .verdict")
    assert expected <= set(causes(page)[:3])


@pytest.mark.quick
def test_questions_settings_and_files_each_change_the_answer_at_once(opened, tmp_path):
    page = opened()
    paste(page, LOG)
    assert causes(page)[0] == "overfitting"
    asked = page.inner_text(".ask legend >> nth=0")
    page.focus(".ask .choice >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_selector("#changed")
    assert page.evaluate("document.activeElement.id") == "changed"
    assert "That changes" in page.text_content("#said")
    assert asked not in page.locator(".ask legend").all_inner_texts()
    page.click(".given button[name=forget]")
    page.wait_for_selector(".given", state="detached")
    page.fill("[name='set=n_val']", "20")
    page.keyboard.press("Tab")
    page.wait_for_selector(".field.corrected")
    assert "20 validation images" in page.inner_text("#answer .head")
    assert "small_validation_set" in page.inner_html("#answer")
    page.select_option("[name='set=curve:val_loss']", "leave_out")
    page.wait_for_selector(".field.corrected >> nth=1")
    script = tmp_path / "train.py"
    script.write_text("import keras\nmodel.fit(x, y, batch_size=7)\n")
    page.set_input_files("#files", script)
    page.wait_for_selector(".given button[value='train.py']")
    assert page.input_value("[name='set=batch_size']") == "7"
    assert page.input_value("#files") == ""


def test_a_file_is_dropped_and_left_out_again(opened):
    page = opened()
    drop = """([name, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([text], name, {type: "text/plain"}));
      for (const kind of ["dragover", "drop"])
        document.body.dispatchEvent(
          new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
    }"""
    page.evaluate(drop, ["<b>.log", LOG])
    page.wait_for_selector("#answer .head")
    assert causes(page)[0] == "overfitting"
    page.click(".given button[name=remove]")
    page.wait_for_selector("#answer .head.cannot_tell")
    assert "nothing to diagnose" in page.inner_text("#answer").lower()


def test_typing_is_answered_when_it_pauses_and_the_cursor_stays(opened):
    page = opened()
    page.focus("#text")
    page.keyboard.insert_text(LOG[:-1])
    page.keyboard.type("0")
    page.wait_for_selector("#answer .head")
    assert page.evaluate("document.activeElement.id") == "text"
    assert page.evaluate("document.getElementById('text').selectionStart") == len(LOG)


def test_the_example_its_fix_as_a_diff_and_dark_colours(opened):
    pytest.importorskip("libcst")
    page = opened(color_scheme="dark")
    page.click("text=Try it on an example")
    page.click("button[name=mend]")
    page.wait_for_selector("#mended .minus:has-text('from_logits=True')")
    assert page.evaluate("document.activeElement.id") == "mended"


def test_who_asks_again_before_the_answer_gets_the_last_one(opened):
    page = opened()
    page.focus("#text")
    page.keyboard.insert_text("My loss is nan.")
    page.evaluate("document.getElementById('form').requestSubmit()")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(LOG)
    page.evaluate("document.getElementById('form').requestSubmit()")
    page.wait_for_selector("#cause-overfitting")


def test_what_is_too_long_to_be_shown_becomes_a_file(opened):
    page = opened()
    long = "x" * 500_000 + "\n" + LOG
    page.evaluate("text => navigator.clipboard.writeText(text)", long)
    page.focus("#text")
    page.keyboard.press("Control+V")
    page.wait_for_selector("#cause-overfitting")
    assert page.input_value("#text") == ""
    assert page.locator(".given button[value='pasted.txt']").count() == 1


def test_a_refusal_is_shown_in_the_page(opened):
    page = opened()
    page.evaluate("document.getElementById('text').value = 'loss 1 '.repeat(700000)")
    page.evaluate("document.getElementById('form').requestSubmit()")
    page.wait_for_selector("#answer .head")
    assert "bring a part of it" in page.inner_text("#answer")


def test_markdown_is_copied(opened):
    page = opened()
    paste(page, LOG)
    page.click("text=Copy as Markdown")
    page.click("button.copy")
    page.wait_for_selector("button.copy:has-text('Copied')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("**Problem found: overfitting")


def test_without_scripts_the_same_by_buttons(opened, tmp_path):
    page = opened(java_script_enabled=False)
    page.fill("#text", LOG)
    page.click("button.main")
    assert "overfitting" in page.inner_text("#answer .verdict")
    assert page.input_value("#text").strip() == LOG.strip()
    page.click(".ask .choice >> nth=0")
    assert "That changes" in page.inner_text("#changed")
    page.fill("[name='set=n_val']", "20")
    with page.expect_navigation():  # a click waits for it, a key does not
        page.keyboard.press("Enter")
    assert "20 validation images" in page.inner_text("#answer .head")
    script = tmp_path / "train.py"
    script.write_text("import keras\nmodel.fit(x, y, batch_size=7)\n")
    page.set_input_files("#files", script)
    page.click("button.main")
    assert "train.py" in page.inner_text(".given")
    assert "That changes" in page.inner_text("#changed")
    assert page.input_value("[name='set=batch_size']") == "7"
    with page.context.expect_page() as of_rule:
        page.click(".cause a >> nth=0")
    assert of_rule.value.inner_text("h1") == "Overfitting"


HOSTILE = (
    f"</textarea><script>window.broken=1</script><img src=x onerror=window.broken=1>{LONG}\n{LOG}"
)


def write(home, epochs, ended=False):
    home.mkdir(exist_ok=True)
    rows = (
        f"{i},{0.8**i:.4f},{0.5 + 0.03 * max(0, i - 5) + 0.5 * 0.7**i:.4f}\n" for i in range(epochs)
    )
    (home / "metrics.csv").write_text("epoch,loss,val_loss\n" + "".join(rows))
    if ended:
        (home / "model.keras").write_bytes(b"x")


@pytest.fixture(scope="module")
def of_folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("runs")
    write(home / "old", 30, ended=True)
    served = Server(str(home))
    try:
        served.open()
        yield served, home
    finally:
        served.stop()


def test_a_training_is_watched_as_it_grows_and_compared(opened, of_folder):
    served, home = of_folder
    write(home / "new", 4)
    listed, page = opened(server=served, path="runs"), opened(server=served)
    page.goto(served.home + "runs/view?name=new")
    listed.check("input[value=old]")
    assert "Nothing significant so far" in page.inner_text("#answer .verdict")
    page.click("text=What was looked at >> xpath=.. >> summary >> nth=0")
    for epochs in (12, 16, 20, 24):
        write(home / "new", epochs)
        page.wait_for_selector(f"text={epochs} epochs read")
    page.wait_for_selector(".verdict:has-text('Found so far: overfitting')")
    assert page.locator("#answer details[open]").count() == 1
    listed.wait_for_selector("tr:has-text('new') >> text=Found so far: overfitting")
    assert listed.is_checked("input[value=old]")
    page.fill("[name='set=n_val']", "33")
    write(home / "new", 26)
    page.wait_for_timeout(1500)
    assert page.input_value("[name='set=n_val']") == "33"
    page.keyboard.press("Tab")
    page.wait_for_selector("text=26 epochs read")
    assert "33 validation images" in page.inner_text("#answer .head")
    write(home / "new", 30, ended=True)
    page.wait_for_selector(".verdict:has-text('Problem found: overfitting')")
    listed.check("input[value=new]")
    listed.click("text=Compare chosen")
    assert "2 runs side by side" in listed.inner_text("h1")
    for width in WIDTHS:
        listed.set_viewport_size({"width": width, "height": 900})
        # Charts take their new width once the page has been laid out.
        listed.wait_for_function("document.body.scrollWidth <= document.body.clientWidth")


@pytest.mark.parametrize("scripts", [True, False])
def test_three_widths_without_scrolling_sideways(opened, scripts):
    page = opened(java_script_enabled=scripts)
    page.fill("#text", HOSTILE)
    page.click("button.main")
    page.wait_for_selector("#answer .head")
    if scripts:
        page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
        assert page.evaluate("window.broken") is None
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.locator("html").evaluate("root => root.scrollWidth > root.clientWidth")
        assert not wide, width


def test_axe_finds_nothing_serious_in_light_and_dark(opened, of_folder, grave):
    page = opened(server=of_folder[0])
    for step in (
        "start",
        "answered",
        "rules",
        "rules/overfitting",
        "runs",
        "runs/compare?name=old",
    ):
        if step == "answered":
            paste(page, LOG)
            page.click(".ask .choice >> nth=0")
            page.wait_for_selector("#changed")
            page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
        elif step != "start":
            page.goto(of_folder[0].home + step)
        assert grave(page) == [], step
        page.emulate_media(color_scheme="dark")
        assert grave(page, "color-contrast") == [], step
        page.emulate_media(color_scheme="light")
    page.evaluate("document.body.append(document.createElement('button'))")
    assert [id for id, _ in grave(page)] == ["button-name"]


def test_the_keyboard_reaches_everything_in_order(opened):
    page = opened()
    paste(page, LOG)
    page.focus(".skip")
    names = []
    for _ in range(14):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.id || document.activeElement.name || "
                                   "document.activeElement.textContent.slice(0, 20)"))  # fmt: skip
    places = [names.index(name) for name in ("all rules", "text", "Diagnose", "files", "answer")]
    assert places == sorted(places)


@pytest.fixture
def elsewhere():
    """Return a function that serves a page of another site on this machine; it gives its port."""
    servers = []

    def begin(html):
        class Page(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(html.encode())

            def log_message(self, *_):
                pass

        made = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        servers.append(made)
        threading.Thread(target=made.serve_forever, daemon=True).start()
        return made.server_port

    yield begin
    for made in servers:
        made.shutdown()
        made.server_close()


@pytest.mark.parametrize("host", ["127.0.0.1", OTHER])
def test_a_page_of_another_site_gets_nothing_though_the_cookie_is_there(
    browser, server, elsewhere, host
):
    """Another port of this machine counts as the same site: its requests carry the cookie."""
    form = (
        f"<form id=f method=post action='{server.home}' enctype=text/plain target=x>"
        f"<textarea name=text>{LOG}</textarea></form><iframe name=x></iframe>"
        "<script>document.getElementById('f').submit()</script>"
    )
    context = browser.new_context()
    context.new_page().goto(server.link)
    page, statuses = context.new_page(), []
    page.on("response", lambda r: r.url.startswith(server.home) and statuses.append(r.status))
    page.goto(f"http://{host}:{elsewhere(form)}/")
    page.wait_for_timeout(300)
    with_cookie = "mode: 'no-cors', credentials: 'include'"
    for options in ("{}", f"{{{with_cookie}}}", f"{{method: 'POST', body: 'x', {with_cookie}}}"):
        asked = f"fetch('{server.home}', {options}).then(r => r.text()).catch(() => '')"
        assert page.evaluate(asked) == ""
    assert statuses
    assert set(statuses) == {403}
    context.close()


def test_a_name_that_leads_here_gets_nothing(browser, server):
    context = browser.new_context()
    page = context.new_page()
    for path in ("", f"?{server.query}", "rules"):
        response = page.goto(f"http://{OTHER}:{server.port}/{path}")
        assert response.status == 403
    assert context.cookies() == []
    context.close()


def test_the_page_says_when_the_server_is_gone(browser):
    served = Server()
    try:
        served.open()
        context = browser.new_context()
        page = context.new_page()
        page.goto(served.link)
    finally:
        served.stop()
    page.fill("#text", LOG)
    page.click("button.main")
    page.wait_for_function(
        "document.getElementById('status').textContent.includes('still running')"
    )
    context.close()
