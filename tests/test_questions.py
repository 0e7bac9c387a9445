"""Questions and scripts written for these tests, as people have them: the right name comes first.

The head of a file says what may be named first, and what must not be named as a likely cause.
`nothing` is for questions that report no trouble: no cause is likely, and the run not sick. What
words are like is left out here, for it was fitted on these very questions.
"""

from pathlib import Path

import pytest
from msgspec.structs import replace

from fitdoctor import doctor, rules, sources

HERE = Path(__file__).parent
NAMES = {rule.name for rule in rules.all_rules()} | {"healthy", "nothing"}
QUESTIONS = [*sorted(HERE.glob("questions/*.txt")), *sorted(HERE.glob("programs/*.txt"))]


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_the_right_name_comes_first(path: Path, tmp_path: Path):
    head, _, text = path.read_text().partition("\n\n")
    told = {
        name: set(words.split()) for name, words in (line.split(": ") for line in head.split("\n"))
    }
    assert set().union(*told.values()) <= NAMES
    page = tmp_path / ("script.py" if path.parent.name == "programs" else "question.txt")
    page.write_text(text)
    diagnosis = doctor.examine(replace(sources.read(page)[-1], prose=""))
    others = (*diagnosis.symptoms, *diagnosis.benign)
    seen = [cause.rule for cause in diagnosis.causes if not cause.usual]
    named = seen + [f.rule for f in others]
    first = {*named[:1], *({"healthy"} if diagnosis.verdict == "healthy" else ())}
    likely = {cause.rule for cause in diagnosis.causes if cause.probability >= 0.5}
    if told["first"] == {"nothing"}:
        assert not likely
        assert diagnosis.verdict != "sick", named[:5]
        return
    assert first & told["first"], f"{diagnosis.verdict}: {named[:5]}, not {sorted(told['first'])}"
    assert not likely & told.get("never", set())
