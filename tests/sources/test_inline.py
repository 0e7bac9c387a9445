"""Code inside sentences, and the recipe that words describe."""

from fitdoctor.sources import _described, _inline


def test_what_a_sentence_builds_becomes_code_on_its_line():
    made = _inline.statements(
        {3: "The generators were ImageDataGenerator(rescale=1./255).", 5: "I use Adam(lr=1e-7)."},
        "",
    )
    assert made == {
        3: "train_datagen = ImageDataGenerator(rescale=1./255)",
        5: "model.compile(optimizer=Adam(lr=1e-7))",
    }


def test_the_code_beside_goes_before_the_sentence():
    code = "datagen = ImageDataGenerator()\nmodel.compile(optimizer='sgd')"
    words = {1: "The generators were ImageDataGenerator(rescale=1./255) and Adam(lr=1e-7)."}
    assert not _inline.statements(words, code)


def test_questions_and_comparisons_build_nothing():
    words = {1: "Should I use Dropout(0.5)?", 2: "I also tried SGD(lr=0.1) and Dropout(0.8)."}
    assert not _inline.statements(words, "")


def test_layers_of_sentences_make_one_model():
    words = {
        2: "The head is Dense(2, activation='relu') followed by Dense(6, activation='softmax')."
    }
    (made,) = _inline.statements(words, "").values()
    head = "Dense(2, activation='relu'), Dense(6, activation='softmax')"
    assert made == f"model = Sequential([{head}])"


def test_damaged_calls_are_left_alone():
    assert not _inline.statements({1: "I use Adam(lr=1e-7 and Dense(4, activation=)."}, "")


def test_the_backbone_of_the_asker_is_told_from_the_one_compared_with():
    lines = ["ResNet50 with all layers frozen.", "With VGG16 in the same script it works."]
    found = _described.backbone(lines)
    assert found is not None
    assert (found.name, found.trainable) == ("ResNet50", False)
    assert _described.backbone(["I compared ResNet50 and Xception."]) is None


def test_the_optimizer_is_read_with_its_rate_and_momentum():
    found = _described.optimizer(["CIFAR-10, SGD with learning rate 0.5 and momentum 0.9."])
    assert found is not None
    assert (found.name, found.learning_rate, found.momentum) == ("SGD", 0.5, 0.9)
    assert _described.optimizer(["I use Adam.", "RMSprop is the other."]) is None


def test_a_softmax_of_so_many_outputs_is_an_output_layer():
    (layer,) = _described.output(["softmax with 7 outputs, I compile with binary_crossentropy"])
    assert (layer.units, layer.activation) == (7, "softmax")
    assert not _described.output(["The softmax is computed over 3 epochs."])
