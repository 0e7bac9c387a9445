"""Pieces of the page: what stands in them, that they change with answers, that words stay words."""

import re
from functools import cache
from html.parser import HTMLParser

import pytest

from fitdoctor import facts
from fitdoctor.errors import FitdoctorError
from fitdoctor.rules import all_rules
from fitdoctor.sources import code_of
from fitdoctor.web.answering import answer
from fitdoctor.web.messages import TEXT, Examine, Part, Refused, RuleList, RulePage
from fitdoctor.web.templating import example

LOG = "My validation loss is bad. What is wrong?\nmodel.fit(x, y, batch_size=16, epochs=30)\n" + (
    "".join(
        f"Epoch {i}/30\nloss: {1 / i:.4f} - accuracy: {1 - 0.5 / i:.4f} - "
        f"val_loss: {0.8 + 0.03 * i:.4f} - val_accuracy: 0.7100\n"
        for i in range(1, 31)
    )
)
ALLOWED = {
    "href": r"/rules(/\w+)?|#[\w-]+", "target": "_blank", "rel": "noopener",
    "type": "hidden|submit|button",
}  # fmt: skip


class Reader(HTMLParser):
    """Collects what a browser would take for more than words."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.wrong, self.words = set(), [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        for name, value in attributes:
            allowed = ALLOWED.get(name, ".*" if not name.startswith(("on", "src", "style")) else "")
            if not re.fullmatch(allowed, value or "", re.DOTALL):
                self.wrong.append((tag, name, value))

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(self.words)


def shown(text=LOG, **more):
    return answer(Examine(case="x", parts=(Part(name=TEXT, text=text),), **more))


def test_verdict_question_causes_curves_and_what_was_understood_stand_in_it():
    page = shown()
    read = Reader(page.html)
    assert page.sentence.startswith("Problem found: overfitting")
    places = [read.text.index(words) for words in (
        "Problem found: overfitting", "One answer would tell most", "Cause", "The vertical axis",
        "What was understood", "Looked for and not found",
    )]  # fmt: skip
    assert places == sorted(places)
    assert 'name="set=batch_size" value="16"' in page.html
    assert 'value="curve:val_loss"' not in page.html
    assert 'name="set=curve:val_loss"' in page.html
    assert page.causes["overfitting"] > 0.9
    assert 'href="/rules/overfitting"' in page.html
    assert "**Problem found: overfitting" in page.html


def test_an_answer_is_taken_says_what_it_changes_and_can_be_taken_back():
    before = shown()
    asked = re.findall(r'name="answer" value="(\w+)=(\w+)"', before.html)
    assert asked
    for name, said in asked[:4]:
        after = shown(answers={name: said}, before=before.causes)
        assert f'name="answered" value="{name}={said}"' in after.html
        assert f'name="answer" value="{name}=' not in after.html
        assert f'name="forget" value="{name}"' in after.html
        assert "That changes" in after.html
    moved = [shown(answers={n: s}).causes != before.causes for n, s in asked]
    assert any(moved)


def test_a_question_that_cannot_be_answered_makes_way_for_the_next():
    names = re.findall(r'name="skip" value="(\w+)"', shown().html)
    first, second = names[:2]
    after = shown(skipped=(first,)).html
    assert re.findall(r'name="skip" value="(\w+)"', after)[0] == second
    assert f'name="skipped" value="{first}"' in after
    assert "Could not look: 0" not in after


def test_a_correction_counts_and_says_what_was_read():
    after = shown(corrections={"batch_size": "64", "n_val": "200"})
    assert 'name="read=batch_size" value="16"' in after.html
    assert 'name="set=batch_size" value="64"' in after.html
    assert "given by hand; read was 16" in after.html
    assert "200 validation images" in after.html


def test_parts_that_were_read_are_not_read_again():
    first = shown()
    (part,) = first.parts
    assert part.read
    assert not part.text
    again = answer(Examine(case="x", parts=first.parts))
    assert again.causes == first.causes


def test_files_are_joined_with_the_text_under_their_own_names(tmp_path):
    log = tmp_path / "a.csv"
    log.write_text(
        "epoch,loss,val_loss\n" + "".join(f"{i},{1 / (i + 1)},{1 + i}\n" for i in range(9))
    )
    page = answer(Examine(case="x", parts=(
        Part(name=TEXT, text="model.fit(x, y, batch_size=16)"), Part(name="a.csv", path=str(log)),
    )))  # fmt: skip
    assert 'name="remove" value="a.csv"' in page.html
    assert "9 epochs read" in page.html
    assert str(tmp_path) not in page.html
    assert [p.name for p in page.parts] == [TEXT, "a.csv"]


HOSTILE = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)",
    "</textarea><script>alert(1)</script>", "</option></select><script>alert(1)</script>",
    "{{ 7 * 191 }}{% raw %}", "javascript:alert(1)", "]]><svg/onload=alert(1)>",
    "\x00<b>", "\u2028<i>", "<a href='https://example.org'>x</a>",
    "<style>*{display:none}</style>", "<!-- ", "&lt;script&gt;",
)  # fmt: skip
PLACES = {
    "a question": lambda w: f"Why is my validation loss so high, says {w}?\n{LOG}",
    "a log": lambda w: LOG.replace("val_loss", f"val_{w}"),
    "between lines of a log": lambda w: LOG.replace("Epoch 3/30", f"{w}\nEpoch 3/30"),
    "code": lambda w: (
        f"import keras\nm = keras.Sequential([keras.layers.Dense(4, name={w!r}, "
        f"activation={w!r})])\nm.compile({w!r}, loss={w!r})\nm.fit(a, b, batch_size=2)\n{LOG}"
    ),
    "names of classes": lambda w: (
        f"{LOG}\nFound 20 images belonging to 2 classes.\n"
        f"classes = [{w!r}, 'b']\nclass_names: {w}: 10, b: 10\n"
    ),
    "a path": lambda w: f'File "/home/{w}/train.py", line 3\nValueError: {w}\n{LOG}',
    "nothing else": lambda w: f"{LOG}\n{w}\n" * 2,
}


@cache
def usual_tags():
    return Reader(shown().html).tags


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("words", HOSTILE)
def test_words_stay_words_wherever_they_stand(words, place):
    page = Reader(shown(place(words)).html)
    assert not page.wrong
    more = {"p", "details", "pre", "code", "br", "svg", "li", "ul", "summary"}
    assert page.tags <= usual_tags() | more
    assert "1337" not in page.text


@pytest.mark.parametrize("words", HOSTILE)
def test_names_of_files_stay_words(words, tmp_path):
    file = tmp_path / "x.py"
    file.write_text("import keras\nmodel.fit(x, y, batch_size=3)\n")
    page = answer(Examine(case=words, parts=(Part(name=words, path=str(file)),),
                          corrections={"n_val": "5"}, skipped=(words,)))  # fmt: skip
    assert not Reader(page.html).wrong
    assert Reader(page.html).tags <= usual_tags() | {"pre"}


@pytest.mark.parametrize(
    ("name", "content"), [("a.bin", bytes(range(256)) * 9), ("m.keras", b"PK\x03\x04 no archive"),
                          ("words.log", b"I like trains.")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_named_as_it_was_given(name, content, tmp_path):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(FitdoctorError) as refused:
        answer(Examine(case="x", parts=(Part(name=name, path=str(file)),)))
    assert str(refused.value).startswith(f"{name}:")
    assert str(tmp_path) not in str(refused.value)


@pytest.mark.parametrize("field", ["loss", "backbone", "optimizer"])
@pytest.mark.parametrize("words", HOSTILE)
def test_what_is_typed_into_fields_stays_words(words, field):
    try:
        page = shown(corrections={field: words})
    except FitdoctorError:
        return
    assert not Reader(page.html).wrong


@pytest.mark.parametrize(
    "wrong",
    [
        {"answers": {"nonsense": "yes"}}, {"answers": {"batchnorm": "<b>"}},
        {"corrections": {"n_val": "many"}}, {"corrections": {"curve:<b>": "loss"}}, {"text": " \n"},
        {"text": "I like trains."},
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_said_in_one_line(wrong):
    with pytest.raises(FitdoctorError) as refused:
        shown(**wrong)
    assert "\n" not in str(refused.value)


def test_every_rule_has_a_page_and_is_listed():
    listed = answer(RuleList()).html
    for rule in all_rules():
        assert f'href="/rules/{rule.name}"' in listed
        page = answer(RulePage(name=rule.name))
        read = Reader(page.html)
        assert not read.wrong
        assert {"h1", "h2", "p"} <= read.tags
        assert rule.code in read.text
    assert isinstance(answer(RulePage(name="<script>")), Refused)
    assert answer(RulePage(name="overfiting")).missing
    assert "Did you mean overfitting" in answer(RulePage(name="overfiting")).why


def test_every_answer_of_every_question_can_be_given():
    for number in range(max(len(fact.answers) for fact in facts.ALL)):
        said = {fact.name: list(fact.answers)[number % len(fact.answers)] for fact in facts.ALL}
        page = shown(answers=said)
        assert all(f'value="{name}={one}"' in page.html for name, one in said.items())


def test_the_example_shows_what_the_page_can_do():
    page = shown(example())
    assert list(page.causes)[:2] == ["probabilities_into_logits_loss", "overfitting"]
    assert 'name="answer"' in page.html
    assert page.html.count('class="drawing"') == 2


@pytest.mark.slow
def test_the_fix_is_shown_as_a_diff_of_the_pasted_code():
    pytest.importorskip("libcst")
    page = shown(example(), mend=example())
    mended = page.html.partition('id="mended"')[2]
    diff = Reader(mended.partition('class="diff"')[2].partition("</pre>")[0]).text
    assert "-    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)," in diff
    assert "+    loss=keras.losses.SparseCategoricalCrossentropy()," in diff
    assert "To be changed by hand" in page.html
    hostile = example().replace('"leaves/train"', '"</pre><script>alert(1)</script>"')
    assert not Reader(shown(hostile, mend=hostile).html).wrong
    assert "script" not in Reader(shown(hostile, mend=hostile).html).tags
    assert 'name="mend"' in shown(example()).html
    assert 'name="mend"' not in shown(LOG.partition("\n")[0] + LOG.partition("epochs=30)")[2]).html
    assert "no code is in this text" in shown(mend="what is wrong?").html


def test_code_stays_where_it_stood():
    text = "What is wrong?\nimport keras\nm = keras.Sequential()\nEpoch 1/2\nm.fit(x, y)\n"
    assert code_of(text).split("\n") == [
        "", "import keras", "m = keras.Sequential()", "", "m.fit(x, y)", "",
    ]  # fmt: skip


def test_findings_stand_beside_the_lines_of_pasted_code_and_of_a_file(tmp_path):
    pasted = Reader(shown(example()).html)
    lines = example().splitlines()
    softmax = next(n for n, line in enumerate(lines, 1) if '"softmax"' in line)
    noted = re.findall(
        r'block noted"><div class="src"><span class="no">(\d+)</span>', shown(example()).html
    )
    assert str(softmax) in noted
    assert "My validation loss" not in " ".join(pasted.words).partition("found in the code")[2]
    script = tmp_path / "train.py"
    script.write_text(code_of(example()).strip() + "\n")
    first = answer(Examine(case="x", parts=(Part(name="train.py", path=str(script)),)))
    script.unlink()
    again = answer(Examine(case="x", parts=first.parts))
    for page in (first, again):
        assert "train.py, with what was found" in Reader(page.html).text
        assert 'class="block noted"' in page.html
    assert not Reader(first.html).wrong
