"""Words are not turned round: what is asked, refused or said of something else is no state."""

import pytest

from fitdoctor import doctor
from fitdoctor.records.claim import HELPED_BY, IN_VAIN, WORSENED_BY, evidence
from fitdoctor.sources import _prose, pasted


def states(*lines):
    return {claim.predicate for claim in evidence(_prose.claims(list(lines)))}


@pytest.mark.parametrize(
    "question", ["Class imbalance?", "¿Sobreajuste?", "Überanpassung?", "Data leak?"]
)
def test_a_question_of_a_word_or_two_states_nothing(question):
    assert not states(question)


@pytest.mark.parametrize(
    ("sentence", "predicate"),
    [
        ("The loss rises at epoch 7, both train and validation.", "same_data_for_both"),
        (
            "We photographed train and test with the same lens, separated by animal.",
            "images_in_both",
        ),
        ("If it were overfitting, we'd see a gap.", "overfits"),
        ("On the test set by class: three are fine, others are 0", "val_accuracy_zero"),
        ("Train 96%, and the validation (a random 20% of train) 95%.", "train_good_val_bad"),
    ],
)
def test_words_of_something_else_state_nothing(sentence, predicate):
    assert predicate not in states(sentence)


@pytest.mark.parametrize(
    ("sentence", "predicate"),
    [
        ("I use the same folder for both training and validation.", "same_data_for_both"),
        ("The same three animals are in train and test.", "images_in_both"),
        ("The model is overfitting.", "overfits"),
        ("Validation accuracy is 0 in every epoch.", "val_accuracy_zero"),
    ],
)
def test_what_is_stated_is_still_read(sentence, predicate):
    assert predicate in states(sentence)


def test_a_split_by_patient_denies_that_patients_are_in_both_parts():
    (claim,) = [
        c for c in _prose.claims(["We split by patient."]) if c.predicate == "images_in_both"
    ]
    assert claim.is_denial


def test_a_whole_number_before_what_it_counts_is_no_accuracy():
    said = _prose.claims(["Validation 97%, but with 14 farmers it falls to 60%."])
    assert {c.value for c in said if c.predicate == "is_at"} == {0.97, 0.6}


@pytest.mark.parametrize(
    ("sentence", "claimed", "not_claimed"),
    [
        (
            "Oversampling made the minority class worse.",
            WORSENED_BY + "balance",
            IN_VAIN + "balance",
        ),
        (
            "Removing dropout made no difference.",
            IN_VAIN + "no_dropout",
            WORSENED_BY + "no_dropout",
        ),
        ("Tried class weights, cleaned the files (fine).", "", HELPED_BY + "balance"),
    ],
)
def test_what_came_of_a_remedy_is_of_that_remedy(sentence, claimed, not_claimed):
    said = {c.predicate for c in _prose.claims([sentence])}
    assert not claimed or claimed in said
    assert not_claimed not in said


SCRIPT = """
model = resnet18(num_classes=5)
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
"""


def test_a_lower_rate_that_fails_as_well_speaks_against_a_too_high_one():
    (run,) = pasted(SCRIPT + "\n\nOn the CPU it learns fine, with lr 1e-5 the loss is nan too.\n")
    high = next((c for c in doctor.examine(run).causes if c.rule == "learning_rate_too_high"), None)
    said = [e for e in high.evidence if "1e-5" in e.sentence] if high else []
    assert all(e.weight < 0 and e.sentence.startswith("Against it") for e in said)


BUILT = """
model = Sequential()
model.add(Input((64, 64, 3)))
model.add(Rescaling(1 / 255.0))
model.add(Conv2D(16, 3, activation="relu"))
model.add(Flatten())
model.add(Dense(4, activation="softmax"))
model.compile("adam", "categorical_crossentropy")
"""


@pytest.mark.parametrize(
    "words", ["Shall I take VGG16?", "My colleague uses VGG16.", "I will try VGG16."]
)
def test_code_and_what_is_in_use_say_which_network_it_is(words):
    (run,) = pasted(f"{BUILT}\n{words}\n")
    assert run.recipe.backbone is None
    (spoken,) = pasted(f"My classifier does not learn at all on the images.\n{words}\n")
    assert spoken.recipe is None or spoken.recipe.backbone is None


@pytest.mark.parametrize(
    ("sentence", "predicate", "stated"),
    [
        ("We have 3100 frames from 40 flights in the set.", "frames_of_videos", True),
        ("60 animals, 2400 photos in all.", "frames_of_videos", True),
        ("3 people labelled 4000 images.", "frames_of_videos", False),
        ("500 patients with 500 scans.", "frames_of_videos", False),
        ("I cut it into tiles that overlap by 25 %.", "frames_of_videos", True),
        ("I use a WeightedRandomSampler and class weights in the loss.", "balanced_twice", True),
        ("Should I use a weighted sampler and class weights?", "balanced_twice", False),
        ("I use class weights.", "balanced_twice", False),
    ],
)
def test_counts_and_remedies_are_bound_to_what_they_are_of(sentence, predicate, stated):
    assert (predicate in states(sentence)) is stated


AVERAGED = """Fine-tuning on my 900 training images, batch size 30, 8 epochs, --model-ema-decay {}.
The plain network has 83 % validation accuracy, the averaged one is at chance.
"""


@pytest.mark.parametrize(("decay", "named"), [("0.9998", True), ("0.9", False)])
def test_an_average_that_a_short_training_cannot_fill(decay, named):
    (run,) = pasted(AVERAGED.format(decay))
    assert ("ema_weights_lag" in {c.rule for c in doctor.examine(run).causes}) is named


TWO_SETS = """The loss jumps at epoch 5. I train and validate on the same images, with BatchNorm.

train = keras.utils.image_dataset_from_directory({one!r})
val = keras.utils.image_dataset_from_directory({other!r})
model = keras.Sequential([Conv2D(8, 3), BatchNormalization(), Flatten(), Dense(4)])
model.fit(train, validation_data=val)
"""


@pytest.mark.parametrize(
    ("one", "other", "certain"), [("p/one", "p/two", False), ("p/one", "p/one", True)]
)
def test_code_outranks_what_is_said_of_it(one, other, certain):
    (run,) = pasted(TWO_SETS.format(one=one, other=other))
    said = [c for c in run.claims if c.predicate == "same_data_for_both"]
    assert said
    assert any(c.is_evidence for c in said) is certain


@pytest.mark.parametrize(
    ("sentence", "own"),
    [
        ("With a learning rate of 0.1 the loss becomes nan.", False),
        ("The loss becomes nan after two epochs.", True),
        ("With a learning rate of 1e-3 the loss becomes nan.", True),
    ],
)
def test_what_another_rate_does_is_no_outcome_of_the_code(sentence, own):
    (run,) = pasted(f"{SCRIPT}\n{sentence}\n")
    nan = [c for c in run.claims if c.predicate == "is_nan"]
    assert nan
    assert any(c.is_evidence for c in nan) is own


def test_what_would_be_if_is_not_so():
    said = "If I forgot to scale the test images it would be at chance, wouldn't it?"
    assert "scaled_apart" not in states(said)
    assert "scaled_apart" in states(
        "Training images are divided by 255 but the test images are not."
    )
