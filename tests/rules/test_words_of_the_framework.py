"""A script of PyTorch is answered in PyTorch's words, one of Keras in Keras'."""

import re
from pathlib import Path

import pytest

from fitdoctor import facts, lint
from fitdoctor.code import read_script
from fitdoctor.records.finding import Evidence, Finding
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Run, Script
from fitdoctor.rules import all_rules

OF_KERAS = re.compile(
    r"from_logits|\bcompile\b|\bfit\b|[Cc]allback|buffer|\b[Kk]eras\b|sparse loss|_crossentropy"
    r"|preprocess_input|class_weight=|\bDense\b|initial_epoch|\bBatchNormalization\b"
    r"|kernel_initializer|padding='same'|training=False|\bactivation=|model\.evaluate",
)
OF_TORCH = re.compile(
    r"DataLoader|NLLLoss|BCE\w*Loss|CrossEntropyLoss|\bnn\.|zero_grad|state_dict|requires_grad"
    r"|optimizer\.step|\bLinear\b|transforms\.",
)
CAUSES = [rule for rule in all_rules() if rule.kind == "cause"]
PROGRAMS = sorted((Path(__file__).parents[1] / "programs").glob("*.txt"))[::3]


@pytest.mark.parametrize("rule", CAUSES, ids=lambda r: r.name)
def test_what_to_change_is_said_in_the_words_of_the_framework(rule):
    for framework, foreign in (("torch", OF_KERAS), ("keras", OF_TORCH)):
        script = Script(path="train.py", recipe=Recipe(), framework=framework)
        found = rule.finding((Evidence(sentence="Seen."),), Run(recipe=Recipe(), script=script))
        texts = [found.advice, *(p.sentence for p in found.remedies)]
        assert not [text for text in texts if foreign.search(text)]


BY_KERAS = re.compile(
    r"\.(?:evaluate|predict|get_weights|layers|class_indices)\b|\bkeras\.|x_train|that fit printed"
    r"|BatchNormalization|images of fit"
)


@pytest.mark.parametrize("fact", facts.ALL, ids=lambda f: f.name)
def test_questions_are_put_in_the_words_of_the_framework(fact):
    script = Script(path="train.py", recipe=Recipe(), framework="torch")
    for run in (Run(recipe=Recipe(), script=script), Run(prose="I call loss.backward() myself.")):
        if fact.is_open(run):
            assert not BY_KERAS.search(" ".join(fact.asked(run)))
    keras = Script(path="train.py", recipe=Recipe(), framework="keras")
    assert fact.asked(Run(script=keras, prose="not PyTorch")) == (fact.text, fact.how)


def test_advice_on_words_alone_is_in_the_words_of_their_library():
    rule = next(rule for rule in CAUSES if rule.name == "batchnorm_inference_gap")
    seen = (Evidence(sentence="Seen.", words=True),)
    for prose, keras in (
        ("My nn.Module in PyTorch.", False),
        ("Keras or torch?", True),
        ("", True),
    ):
        advice = rule.finding(seen, Run(prose=prose)).advice
        assert ("BatchNormalization" in advice) == keras


@pytest.mark.slow
def test_no_finding_on_a_script_has_words_of_the_other_framework():
    looked = {"torch": 0, "keras": 0}
    for path in PROGRAMS:
        text = path.read_text("utf-8").partition("\n")[2]
        script = read_script(text, path.stem)
        framework = {"torch": "torch", "keras": "keras", "tf.keras": "keras"}.get(
            (script.framework if script else None) or ""
        )
        if script is None or framework is None:
            continue
        foreign = OF_KERAS if framework == "torch" else OF_TORCH
        run = Run(recipe=script.recipe, script=script)
        for outcome in (rule.examine(run) for rule in CAUSES):
            if isinstance(outcome, Finding):
                looked[framework] += 1
                told = [e.sentence for e in outcome.evidence]
                told += [outcome.advice, *(p.sentence for p in outcome.remedies)]
                assert not [t for t in told if foreign.search(t)], path.stem
    assert min(looked.values()) > 20


LOOP = """import torch
from torch import nn, optim
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10){end})
measure = nn.{loss}()
step = optim.SGD(net.parameters(), lr=0.01)
for images, digits in batches:
    step.zero_grad()
    measure({given}, digits).backward()
    step.step()
"""


def remarks(tmp_path, loss, end="", given="net(images)"):
    path = tmp_path / "loop.py"
    path.write_text(LOOP.format(loss=loss, end=end, given=given))
    return {r.rule: r for r in lint.check([path])}


@pytest.mark.parametrize(
    ("loss", "end", "rule"),
    [
        ("NLLLoss", "", "missing_output_activation"),
        ("NLLLoss", ", nn.Softmax(dim=1)", "output_activation_unsuited"),
    ],
)
def test_a_loss_on_logarithms_is_given_log_softmax(tmp_path, loss, end, rule):
    found = remarks(tmp_path, loss, end)
    assert "log_softmax before NLLLoss" in found[rule].advice
    assert "CrossEntropyLoss on the linear output" in found[rule].advice


@pytest.mark.parametrize(
    ("loss", "end", "given"),
    [
        ("NLLLoss", ", nn.LogSoftmax(dim=1)", "net(images)"),
        ("NLLLoss", "", "torch.log_softmax(net(images), dim=1)"),
        ("CrossEntropyLoss", "", "net(images)"),
    ],
)
def test_who_follows_the_advice_hears_nothing_more(tmp_path, loss, end, given):
    assert not remarks(tmp_path, loss, end, given)


def test_softmax_before_cross_entropy_is_named_by_the_loss(tmp_path):
    told = remarks(tmp_path, "CrossEntropyLoss", ", nn.Softmax(1)")
    remark = told["probabilities_into_logits_loss"]
    assert "CrossEntropyLoss applies softmax itself" in remark.sentence
    assert "linear output" in remark.advice


@pytest.mark.parametrize(
    ("optimizer", "usual"),
    [("optim.Adam(net.parameters(), lr=0.2)", "0.001"),
     ("optim.SGD(net.parameters(), lr=50.0)", "0.01"),
     ("optim.RMSprop(net.parameters(), lr=0.1)", "0.001")],
)  # fmt: skip
def test_a_rate_is_set_to_what_is_usual_for_its_optimizer(tmp_path, optimizer, usual):
    path = tmp_path / "loop.py"
    text = LOOP.format(loss="CrossEntropyLoss", end="", given="net(images)")
    path.write_text(text.replace("optim.SGD(net.parameters(), lr=0.01)", optimizer))
    (remark,) = lint.check([path], select=["learning_rate_too_high"])
    assert f"to {usual}, as is usual" in remark.advice
