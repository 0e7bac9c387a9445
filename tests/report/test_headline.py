"""What is said first of a diagnosis: no guess as if it were seen, and a step that costs little."""

import pytest
from msgspec.structs import replace

from fitdoctor import doctor
from fitdoctor.records.finding import Evidence, Question, alike
from fitdoctor.records.run import Run, curve
from fitdoctor.report import text
from fitdoctor.report.headline import certainty, headline

LIKE = Evidence(sentence="The words are like others.", likely=0.3, words=True, weight=0.0)
SAID = Evidence(sentence="You write: it rises", words=True)
STUCK = "".join(
    f"Epoch {n}/6\n90/90 - 3s - loss: 1.9459 - accuracy: 0.1429 - val_loss: 1.9459 "
    "- val_accuracy: 0.1429\n"
    for n in range(1, 7)
)
SCRIPT = (
    "from keras import Sequential, layers, optimizers\n"
    "net = Sequential([layers.Flatten(), layers.Dense({units}, activation='softmax')])\n"
    "net.compile(optimizers.SGD(learning_rate=60.0), '{loss}', metrics=['accuracy'])\n"
    "net.fit(x, y, validation_data=(a, b), epochs=6)\n"
)


def read(tmp_path, words):
    path = tmp_path / "page.txt"
    path.write_text(words)
    return doctor.diagnose(path)


def some_cause(tmp_path):
    found = read(tmp_path, SCRIPT.format(units=7, loss="sparse_categorical_crossentropy") + STUCK)
    return found, found.causes[0]


def test_what_only_sounds_alike_is_neither_seen_nor_mended(tmp_path):
    found, lead = some_cause(tmp_path)
    guess = replace(lead, rule="overfitting", probability=0.3, evidence=(LIKE,), lines=())
    symptom = replace(found.symptoms[0], severity="note", evidence=(LIKE,))
    unsure = replace(found, causes=(guess,), symptoms=(symptom,), benign=())
    assert alike(guess.evidence)
    assert not alike((LIKE, SAID))
    assert headline(unsure).sentence.startswith("Cannot tell yet: ")
    shown = text.render(unsure)
    assert "Guesses, which nothing that was read shows: overfitting." in shown
    assert LIKE.sentence not in shown
    assert "Fix: " not in shown


def test_a_guess_from_a_sentence_is_something_to_try(tmp_path):
    found, lead = some_cause(tmp_path)
    guess = replace(lead, probability=0.4, evidence=(SAID,), lines=())
    head = headline(replace(found, causes=(guess,), symptoms=(), benign=()))
    assert certainty(guess) == "only a guess, from your words"
    assert head.label == "Try"
    assert head.fix


def test_unlikely_causes_are_behind_verbose(tmp_path):
    found, lead = some_cause(tmp_path)
    faint = replace(lead, rule="small_validation_set", probability=0.12)
    both = replace(found, causes=(lead, faint))
    assert "small validation set" not in text.render(both)
    assert "small validation set" in text.render(both, verbose=True)


def test_a_line_of_code_is_asked_for_before_what_has_to_be_judged(tmp_path):
    found, _ = some_cause(tmp_path)
    judged = Question(
        id="largest_class", text="Which share?", answers=("a", "b"), bits=0.2, seconds=9
    )
    printed = replace(judged, id="pixel_range", how="print(x.max())", bits=0.15)
    unsure = replace(found, causes=(), questions=(judged, printed))
    assert headline(unsure).step == "run `print(x.max())`: which share? ANSWER: a or b."
    hardly = replace(unsure, questions=(judged, replace(printed, bits=0.05)))
    assert headline(hardly).step == "Which share? ANSWER: a or b."


def test_one_epoch_shows_whether_a_network_learns_again(tmp_path):
    found, lead = some_cause(tmp_path)
    assert lead.rule == "learning_rate_too_high"
    alone = replace(found, causes=(lead,), questions=())
    assert headline(alone).step.endswith("its loss must end below ln 7 = 1.95, that of a guess")
    # Many sigmoids have another loss where nothing is known.
    other = read(tmp_path, SCRIPT.format(units=7, loss="binary_crossentropy") + STUCK)
    assert "ln 7" not in headline(replace(other, questions=())).step


def test_the_fix_is_that_of_what_is_seen(tmp_path):
    run = Run(curves={"loss": curve([1.0])})
    rule = next(r for r in doctor.rules.all_rules() if r.name == "leaked_validation_images")
    general, own = SAID, Evidence(sentence="Two seeds.", weight=5.0, fix="seed=3 for both parts")
    assert rule.finding((general,), run).advice.startswith("Split by video")
    assert rule.finding((general, own), run).advice == "seed=3 for both parts."


@pytest.mark.parametrize(
    ("at", "right", "said"),
    [(2.3031, 0.1, "a guess among 10 classes"), (2.19, 0.16, "16% of the training images right")],
)
def test_what_a_guess_gives_is_told_where_no_number_of_classes_is_known(tmp_path, at, right, said):
    rows = "".join(
        f"Epoch {n}/90\n99/99 - 3s - loss: {at + 3e-4 * (n % 3):.4f} "
        f"- acc: {right + 2e-3 * (n % 2):.4f}\n"
        for n in range(31, 48)
    )
    found = read(tmp_path, rows)
    assert said in next(s for s in found.symptoms if s.rule == "underfitting").evidence[0].sentence
    shown = " ".join(text.render(found).split())
    assert ("a guess among" in shown) == said.startswith("a guess")
