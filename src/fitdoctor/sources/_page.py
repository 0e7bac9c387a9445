"""Text of any kind to Runs: the log, the code and the stated facts of the asker.

A page saved from a forum also holds other people's answers. Only what stands before them counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from fitdoctor import lazy_re
from fitdoctor.code import read_script
from fitdoctor.likeness import MOST_CHARACTERS
from fitdoctor.records.claim import Claim, stated, values
from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Recipe
from fitdoctor.records.run import Run, Script
from fitdoctor.records.shapes import with_shapes
from fitdoctor.sources import _described, _headed, _inline, _prose, _remarks, _sheet
from fitdoctor.sources._captured import of_one_process, rejoined, with_plain_figures
from fitdoctor.sources._chain import chain
from fitdoctor.sources._code_lines import WIDE, code_lines, in_use, script_lines, without_marks
from fitdoctor.sources._data import data_of
from fitdoctor.sources._format import Format, Network, Page, Table
from fitdoctor.sources._join import contradictions, merged
from fitdoctor.sources._named_rows import named_rows
from fitdoctor.sources._outranked import outranked
from fitdoctor.sources._printed import Printed, of_folders, printed
from fitdoctor.sources._printouts import printouts
from fitdoctor.sources._text import (
    bounded,
    is_others_comment,
    sentences,
    spelled,
    undecorated,
    unwrapped,
)

_ANSWERS = lazy_re.compile(
    r"^\W{0,4}(?:\d{1,3}\s*(?:ответ(?:а|ов)?|answers?|个答案|个回答|条回答|respuestas?|respostas?)\b"
    r"|(?:ответ(?: или решение)?|(?:best |accepted |top )?answers?|答案|回答|最佳答案)"
    r"\s?[:#\d]{0,4}"
    r"|answer(?:ed|s)? (?:by|from|on) .{1,60})\W*"
    r"(?:$|\(|:)",
    re.IGNORECASE,
)
_NUMBERS = lazy_re.compile(r"(?<!\d)\d+[.,]\d+")
_TRAINING = lazy_re.compile(
    r"\b(?:accurac\w+|validation|overfit\w*|val_loss|loss|neural net\w*|keras|tensorflow|pytorch"
    r"|cnn|convnet|classifier|epochs?|(?:hidden|dense|conv\w*) layers?"
    r"|training (?:set|images|data)|batch size|learning rate|gradient descent|image classif\w+"
    r"|zero_grad\w*|percentage points?|results? (?:given |reported )?(?:in|of) the paper)\b"
    r"|точност|переобуч|потер|нейро|эпох|准确|正确率|梯度|损失|训练|验证|模型|学習|損失|精度",
    re.IGNORECASE,
)
_NEAR_TRAINING = lazy_re.compile(
    r"\b(?:networks?|layers?|dropout|softmax|sigmoid|weights|train(?:s|ed|ing)?|predict\w*"
    r"|initiali[sz]\w+|class(?:es|if\w+)?|features|seeds?|pixels|augment\w*|overfits?|labels?"
    r"|pictures?|images?|photos?|outputs?|inputs?|activations?|gradients?|scores?"
    r"|val|f1|auc|recall|leaderboard|public LB|kaggle|models|backbones?|test set)\b",
    re.IGNORECASE,
)
"""Two of these are about a training, one alone may be about anything."""
MOST_PROSE = 2000
_BARE = lazy_re.compile(r"^\s{0,40}(?:[\w %:=-]{0,30}[:=]\s{0,5})?(0\.\d{6,18})\s{0,5}$")
LEAST_BARE = 3
_PERCENT = lazy_re.compile(
    r"(?<=\d)\s?(?:per ?cent|pct|Prozent|процент\w{0,3}|por ciento|por cento|pour ?cents?)\b",
    re.IGNORECASE,
)

_ADDRESS = lazy_re.compile(r"\b(?:https?|ftp)://[^\s<>\"')\]]{1,500}|\bwww\.[^\s<>\"')\]]{1,500}")
"""Where something is found says nothing of the training."""
_STRESSED = lazy_re.compile(r"(?<![\w*])\*{1,2}(\w[\w -]{0,40})\*{1,2}(?![\w*])")
"""Words between stars, as Markdown stresses them."""


def read_page(page: Page, name: str, formats: Sequence[Format]) -> tuple[Run, ...]:
    """Return one Run per log in the text, or a single one where it holds no log.

    What a program explains of itself, in comments, docstrings and the text between the cells of a
    notebook, holds for any training: it is no evidence, and no part of the Run.
    """
    asked = _asked(page)
    whole = script_lines(asked) if page.code is None else None
    code = whole if page.code is None else page.code
    program = page.program or (whole is not None and _remarks.teaches(_remarks.told(asked, whole)))
    if program:
        asked = ["" if i in page.text else line for i, line in enumerate(asked)]
    tables, taken = _tables(named_rows(_of_logs(asked, code), asked), formats)
    network = None if program and page.code is None else _network(asked, taken, formats)
    taken |= network.lines if network else set()
    marked = code_lines(asked, taken) if code is None else {i for i in code if i < len(asked)}
    code_text = [line if i in marked else "" for i, line in enumerate(asked)]
    written = "\n".join(code_text)
    read = marked | taken
    words = (
        {}
        if program
        else {i: x for i, x in enumerate(asked[:MOST_PROSE]) if x.strip() and i not in read}
    )
    listed = _listed(code_text, words)
    if listed:
        code_text = [listed.get(i, "") for i in range(len(asked))]
        words = {}
    for i, inline in _inline.statements(words, "\n".join(code_text)).items():
        code_text[i] = inline
    script = _script_of(code_text, written, page, name)
    told = _counted(["" if i in taken else x for i, x in enumerate(asked)], page, program, read)
    told = told.with_settings(network.n_train, network.recipe.n_classes) if network else told
    heads = {} if program else _headed.headed(tables, asked)
    read |= {head.line for head in heads.values()}
    left = {i: x for i, x in enumerate(asked) if i not in read and i not in told.lines}
    rest = list(left.values())
    prose = [] if program else _spoken(left, _lines_of(tables, asked))
    comments, remarked = _commented(script, asked, marked, program=program)
    said = _joined(
        outranked(_prose.claims(prose), script), [*told.claims, *_shown(tables)], remarked
    )
    spoken_counts = _class_counts(prose, comments)
    # What stands behind code that counts is what it printed.
    printed_counts = _remarks.counted_beside([asked[i] for i in sorted(marked)])
    # A docstring says what a script is for, in the words of any other.
    weighed = [x for x in prose if whole is None and not (listed and _sheet.is_setting(x))]
    missed = tuple(x.strip()[:120] for x in rest if _is_row(x[:400]))[:20]
    exact, spoken = [s for s in said if s.exact], [s for s in said if not s.exact]
    shown = merged(script.recipe if script else None, network.recipe if network else None)
    described = _Described.of(prose)
    in_words = described.recipe(spoken)
    recipes = [_joint(shown, r) for r in (described.recipe(said), _Described().recipe(exact))]
    runs = []
    for number, table in enumerate(tables or [Table()], start=1):
        own, bare_own = (_of_this_table(r, script, table, number, len(tables)) for r in recipes)
        own = _below(heads.get(number), own)
        figures = table.digits.get("val_accuracy") or _bare_accuracies(rest)
        data = data_of(table, figures, said, spoken_counts or printed_counts, own, script, told)
        run = Run(
            name=name if len(tables) < 2 else f"{name} run {number}",
            kind="log" if tables else "code" if script else "words",
            curves=table.curves(),
            batches=table.batch_curves(),
            written=table.written,
            recipe=own,
            script=script,
            data=data,
            evaluated=table.evaluated,
            repeats=_prose.repeats(prose) if len(tables) < 2 else (),
            claims=(*(heads[number].claims if number in heads else ()), *said),
            prose="\n".join(weighed)[:MOST_CHARACTERS],
            contradictions=contradictions(own, data, table.total_epochs, _stated(said, tables)),
            sources=(name,),
            not_understood=missed,
            beside=_beside(script, spoken_counts or printed_counts, told)
            if script and not tables
            else (),
        )
        if spoken or in_words != Recipe():
            shown_data = data_of(table, figures, exact, printed_counts, bare_own, script, told)
            visible = Run(recipe=bare_own, data=shown_data, claims=tuple(exact))
            run = _told_apart(run, visible, in_words, spoken_counts)
        runs.append(run)
    return tuple(runs)


def _is_row(line: str) -> bool:
    """Return whether a line holds figures that somebody may have meant to be read."""
    return len(_NUMBERS.findall(line)) >= 3 or bool(_BARE_ROW.fullmatch(line))


_BARE_ROW = lazy_re.compile(
    r"[\s,;|(\[]{0,9}\d{1,6}(?:[\s,;|]{1,9}\d{1,6}[.,]\d{1,12}){2,9}[\s,;|)\]]{0,9}"
)
"""A whole number and decimals without a word: a row of a log whose loop names no figure."""


def _of_logs(lines: Sequence[str], code: set[int] | None) -> list[str]:
    """Return the lines in which logs are looked for: no code, but what is pasted as a comment."""
    logged = {i for i, line in enumerate(lines) if _LOGGED.match(line)}
    hidden = (code or set()) - logged | (logged if len(logged) < LEAST_LOGGED else set())
    return ["" if i in hidden else _LOGGED.sub("", line) for i, line in enumerate(lines)]


def _shown(tables: list[Table]) -> list[Claim]:
    """Return what pictures of curves show; of which of several trainings is not told."""
    return tables[0].claims if len(tables) == 1 else []


def _stated(said: list[Claim], tables: list[Table]) -> dict[str, float]:
    """Return the figures in words; of which of several logs they are said is not told."""
    return values(said) if len(tables) < 2 else {}


def _asked(page: Page) -> list[str]:
    """Return the lines of the asker: none of other people's, and no marks before them."""
    ends = (i for i, line in enumerate(page.lines) if i and _ANSWERS.match(line))
    end = len(page.lines) if page.program else next(ends, len(page.lines))
    own = ["" if is_others_comment(line) else undecorated(line) for line in page.lines[:end]]
    plain = without_marks(rejoined(of_one_process(own)))
    return plain if page.program else in_use(plain)


def _commented(
    script: Script | None, lines: list[str], code: set[int], *, program: bool
) -> tuple[list[str], list[Claim]]:
    """Return the comments that may tell of the training, and the facts in them."""
    # Which of several networks a comment is about is not told.
    told = [] if script and script.beside else _remarks.commented(lines, code)
    found = [bounded(line) for line in told]
    return ([], _remarks.beside_code(found)) if program else (found, _remarks.facts(found))


def _counted(lines: list[str], page: Page, program: bool, read: set[int]) -> Printed:
    """Return the counts that are printed; a script shows them in comments, if at all."""
    if not program:
        return printed(lines)
    if page.code is None:
        return of_folders(lines)
    return printed(["" if i in read else line for i, line in enumerate(lines)])


def _spoken(rest: Mapping[int, str], taken: list[str]) -> list[str]:
    """Return what is said in words, also on lines of a log, unwrapped and in one spelling."""
    prose = [*unwrapped(rest), *(words for line in taken for words in _beside_figures(line))]
    plain = (spelled(bounded(_ADDRESS.sub(" ", line))) for line in prose)
    return [
        _PERCENT.sub(" %", _STRESSED.sub(r"\1", line) if "*" in line else line) for line in plain
    ]


def _lines_of(tables: Sequence[Table], lines: Sequence[str]) -> list[str]:
    """Return the lines of logs, of which sentences may be part."""
    return [lines[i] for i in sorted({i for t in tables for i in t.lines})[:MOST_PROSE]]


def _told_apart(run: Run, visible: Run, in_words: Recipe, counts: tuple[int, ...]) -> Run:
    """Return the run with what is visible of it, and what sentences say, beside it."""
    spoken = [s for s in run.claims if not s.exact]
    return replace(
        run,
        visible=replace(visible, curves=run.curves, script=run.script, evaluated=run.evaluated),
        said=Run(
            recipe=_joint(None, in_words),
            data=data_of(Table(), [], spoken, counts, in_words, None, Printed()),
            repeats=run.repeats,
            claims=tuple(spoken),
            prose=run.prose,
        ),
    )


def _class_counts(prose: list[str], comments: list[str]) -> tuple[int, ...]:
    counts = _prose.class_counts(prose)
    return counts or _prose.class_counts([_remarks.sentence_of(line) for line in comments])


def _beside(script: Script, counts: tuple[int, ...], told: Printed) -> tuple[Run, ...]:
    """Return a Run of each other network that the script trains, by its code alone."""
    found = []
    for one in script.beside:
        recipe = with_shapes(one.recipe)
        data = data_of(Table(), [], [], counts, recipe, one, told)
        found.append(Run(name=script.path, recipe=recipe, script=one, data=data))
    return tuple(found)


_LOGGED = lazy_re.compile(
    r"^\s{0,16}#{1,3}\s(?=.{0,60}\d)(?=.{0,400}(?:loss|acc|epoch))", re.IGNORECASE
)
"""The mark of a comment that may be a line of a log, as people paste beneath their script."""
LEAST_LOGGED = 2
"""One such line is a remark."""


def _script_of(code: Sequence[str], written: str, page: Page, name: str) -> Script | None:
    """Return the script of a page's code, with that part of it which stands there word for word."""
    script = read_script("\n".join(code), path=name)
    cells = tuple(at for at, _ in page.cells)
    shown = printouts(written.split("\n"))
    return script and replace(script, text=written, cells=cells, printouts=shown)


def _listed(code: list[str], words: Mapping[int, str]) -> dict[int, str]:
    """Return a list of settings as statements, where nothing beside it is code that is read."""
    own = {i: line for i, line in enumerate(code[:MOST_PROSE]) if line.strip()}
    listed = _sheet.statements(dict(sorted({**words, **own}.items())))
    beside = read_script("\n".join(code)) if own and listed else None
    if beside and (beside.recipe.layers or beside.compile or beside.calls or beside.feeds):
        return {}
    return listed


def _beside_figures(line: str) -> list[str]:
    """Return the sentences that stand on a line of a log and are none of it."""
    return [
        sentence
        for sentence in sentences(line[:2000])
        if len(re.findall(r"[A-Za-z]{2,}", sentence)) >= LEAST_WORDS
        and not _FIGURE.search(sentence)
    ]


LEAST_WORDS = 5
_FIGURE = lazy_re.compile(r"\w\s?[:=]\s?[\d.]|\d/\d|\d\.\d.*\d\.\d")


def _network(lines: list[str], taken: set[int], formats: Sequence[Format]) -> Network | None:
    rest = ["" if i in taken else line for i, line in enumerate(lines)]
    found = [n for f in formats if f.find_model and (n := f.find_model(rest))]
    if not found:
        return None
    recipe = None
    for network in found:
        recipe = merged(recipe, network.recipe)
    n_train = next((n.n_train for n in found if n.n_train), None)
    lines_taken = {index for network in found for index in network.lines}
    return Network(recipe or Recipe(), lines_taken, n_train=n_train)


def _below(head: _headed.Heading | None, recipe: Recipe | None) -> Recipe | None:
    """Return the recipe of a log with what its own heading says of it first."""
    if head is None:
        return recipe
    return _joint(_Described.of([head.text]).recipe(list(head.claims)), recipe or Recipe())


def _of_this_table(
    recipe: Recipe | None, script: Script | None, table: Table, number: int, tables: int
) -> Recipe | None:
    """Return the recipe with the settings of the fit that printed a log, and its own epochs."""
    own = _of_this_fit(recipe, script, number, tables)
    if table.total_epochs and (own is None or own.epochs is None):
        own = replace(own or Recipe(), epochs=table.total_epochs)
    return merged(own, Recipe(keras=table.keras)) if table.keras else own


def _of_this_fit(
    recipe: Recipe | None, script: Script | None, number: int, tables: int
) -> Recipe | None:
    """Return the recipe with the settings of the fit call that printed this log.

    Several logs beside as many fit calls belong together in their order.
    """
    fits = script.called("fit", "fit_generator") if script else ()
    if recipe is None or tables < 2 or len(fits) != tables:
        return recipe
    own = fits[number - 1].arguments
    changes = {
        name: own[name].value
        for name in ("batch_size", "epochs")
        if name in own and isinstance(own[name].value, int)
    }
    return replace(recipe, **changes)


def is_question(lines: Sequence[str]) -> bool:
    """Return whether a sentence asks about a training; other text has to do with none."""
    for line in (line[:2000] for line in lines):
        long = len(line.split()) >= 6 or len(WIDE.findall(line)) >= 12
        if long and (_TRAINING.search(line) or len(_spoken_of(line)) >= 2):
            return True
    return False


def _spoken_of(line: str) -> set[str]:
    return {match[0].lower() for match in _NEAR_TRAINING.finditer(line)}


def _tables(lines: list[str], formats: Sequence[Format]) -> tuple[list[Table], set[int]]:
    """Return what the log formats read, and their lines; one of these is hidden from the next."""
    tables: list[Table] = []
    aside: list[Table] = []
    lines = with_plain_figures(lines)
    for format in formats:
        if format.find is None or (tables and not format.beside_logs):
            continue
        found = format.find(lines)
        if found:
            if format.beside_logs:
                tables += found
            else:
                aside += found
            taken = {index for table in found for index in table.lines}
            lines = ["" if i in taken else line for i, line in enumerate(lines)]
    taken = {index for table in (*tables, *aside) for index in table.lines}
    return sorted(tables or aside, key=lambda table: min(table.lines, default=0)), taken


class _Described(NamedTuple):
    """What the prose says of the recipe in words rather than figures."""

    optimizer: Optimizer | None = None
    backbone: Backbone | None = None
    layers: tuple[Layer, ...] = ()
    prose: Sequence[str] = ()

    @classmethod
    def of(cls, prose: list[str]) -> _Described:
        return cls(
            optimizer=_described.optimizer(prose),
            backbone=_described.backbone(prose),
            layers=chain(prose),
            prose=prose,
        )

    def recipe(self, said: list[Claim]) -> Recipe:
        """Return it as a recipe, with the figures that are stated."""
        figures = values(said)
        classes = figures.get("n_classes") or figures.get("n_classes_of_set")
        optimizer = self.optimizer
        vanished = stated(said, "rate_vanished") is not None
        if (
            "learning_rate" in figures
            and not vanished
            and (optimizer is None or optimizer.learning_rate is None)
        ):
            optimizer = replace(optimizer or Optimizer(), learning_rate=figures["learning_rate"])
        return Recipe(
            batch_size=_positive(figures.get("batch_size")),
            epochs=_positive(figures.get("epochs")),
            optimizer=optimizer,
            backbone=self.backbone,
            loss=_described.loss(said),
            layers=self.layers or _described.output(list(self.prose), _positive(classes)),
            image_size=_positive(figures.get("image_size")),
            keras=_keras(said),
        )


def _keras(said: list[Claim]) -> str | None:
    """Return the version of Keras that is stated, or that comes with the TensorFlow stated.

    From 2.4 to 2.15 the two have one number; TensorFlow 2.16 and later bring Keras 3.
    """
    if own := stated(said, "keras_version"):
        return own.sentence
    tensorflow = stated(said, "tensorflow_version")
    if tensorflow is None:
        return None
    major, minor = (int(part) for part in tensorflow.sentence.split(".")[:2])
    if (major, minor) >= (2, 16):
        return "3"
    return f"2.{minor}" if (major, minor) >= (2, 4) else None


def _joint(shown: Recipe | None, in_words: Recipe) -> Recipe | None:
    """Return what code and architecture show, then what only the prose states."""
    recipe = shown
    if shown is not None and _begins(shown.layers):
        # Code that builds a network from its input on has no base that is only spoken of.
        in_words = replace(in_words, backbone=None)
    if recipe is not None or in_words != Recipe():
        recipe = merged(recipe, in_words)
    return with_shapes(recipe) if recipe is not None else None


def _begins(layers: Sequence[Layer]) -> bool:
    """Return whether these are the layers of a network from its input on."""
    return bool(layers) and (layers[0].kind == "InputLayer" or bool(layers[0].input_shape))


def _positive(value: float | None) -> int | None:
    return int(value) if value is not None and 1 <= value < 1e9 else None


def _bare_accuracies(prose: list[str]) -> list[str]:
    """Return shares printed with all their digits, on lines of their own: k/n for one n."""
    found = [match[1] for line in prose if (match := _BARE.match(line))]
    return found if len(found) >= LEAST_BARE else []


def _joined(*groups: list[Claim]) -> list[Claim]:
    """Return each claim once; earlier groups count."""
    found: dict[Claim, Claim] = {}
    for claim in (s for group in groups for s in group):
        found.setdefault(replace(claim, value=None, sentence=""), claim)
    return list(found.values())
