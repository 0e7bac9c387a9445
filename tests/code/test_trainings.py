"""Training loops are interpreted: what is wrong in them is told, in whatever manner they are written."""

from pathlib import Path

import pytest

from fitdoctor import doctor
from fitdoctor.code import read_script
from fitdoctor.records.finding import Finding
from fitdoctor.records.loop import Loop, events, loops
from fitdoctor.records.run import Run
from fitdoctor.rules import all_rules

LOOPS = Path(__file__).parents[1] / "loops"
OF_LOOPS = {
    "gradients_not_cleared", "optimizer_never_steps", "optimizer_holds_other_weights",
    "eval_mode_missing", "train_mode_not_restored", "nothing_is_trainable", "accuracy_miscounted",
    "probabilities_into_logits_loss", "scheduler_stepped_wrongly", "test_set_chooses",
    "loss_miscounted", "best_weights_not_copied", "loss_keeps_graph", "gradients_clipped_in_vain",
    "gradients_still_scaled", "monitored_the_wrong_way", "leaked_validation_images",
    "training_not_shuffled", "class_weights_upside_down",
}  # fmt: skip
RULES = [rule for rule in all_rules() if rule.name in OF_LOOPS]


def text_of(name):
    return (LOOPS / f"{name}.txt").read_text()


def found_in(text):
    script = read_script(text)
    run = Run(script=script, recipe=script.recipe if script else None)
    return {rule.name for rule in RULES if isinstance(rule.examine(run), Finding)}


@pytest.mark.parametrize("path", sorted(LOOPS.glob("*.txt")), ids=lambda path: path.stem)
def test_a_right_loop_is_not_accused(path):
    assert found_in(path.read_text()) == set()


SICK = [
    ("phases", "                best = copy.deepcopy(model.state_dict())", "                best = model.state_dict()", "best_weights_not_copied"),
    ("phases", "                best = copy.deepcopy(model.state_dict())", "                best = dict(model.state_dict())", "best_weights_not_copied"),
    ("phases", "                best = copy.deepcopy(model.state_dict())", "                best = {k: v.clone() for k, v in model.state_dict().items()}", None),
    ("phases", "    best = copy.deepcopy(model.state_dict())\n    best_acc", "    best = model.state_dict()\n    best_acc", None),
    ("phases", "epoch_acc > best_acc", "epoch_acc < best_acc", "monitored_the_wrong_way"),
    ("phases", "loss.item() * inputs.size(0)", "loss * inputs.size(0)", "loss_keeps_graph"),
    ("phases", "            running_loss, running_corrects = 0.0, 0\n", "", None),
    ("phases", "    best_acc = 0.0\n", "    best_acc = 0.0\n    running_loss, running_corrects = 0.0, 0\n", None),
    ("phases", '"photos/" + part, steps', '"photos/train", steps', "leaked_validation_images"),
    ("phases", "shuffle=True", 'shuffle=part == "val"', "training_not_shuffled"),
    ("phases", "shuffle=True", 'shuffle=part == "train"', None),
    ("class_trainer", "            if score > self.best:", "            if score <= self.best:", "monitored_the_wrong_way"),
    ("class_trainer", "            hits += torch", "            hits += 1.0 * torch", None),
    ("class_trainer", "        hits = 0\n", "", None),
    ("class_trainer", "hits / len(self.check.dataset)", "hits / len(self.batches.dataset)", "accuracy_miscounted"),
    ("class_trainer", "            self.loss(self.model(images), labels).backward()\n            self.optimizer.step()\n", "            cost = self.loss(self.model(images), labels)\n            cost.backward()\n            self.optimizer.step()\n            self.total = self.total + cost\n", "loss_keeps_graph"),
    ("half_precision", "        scaler.unscale_(opt)\n", "", "gradients_still_scaled"),
    ("half_precision", "        scaler.step(opt)\n        scaler.update()\n", "        opt.step()\n", None),
    ("half_precision", "        scaler.unscale_(opt)\n        nn.utils.clip_grad_norm_(net.parameters(), 1.0)\n        scaler.step(opt)\n        scaler.update()\n", "        opt.step()\n", "gradients_still_scaled"),
    ("half_precision", "        scaler.update()\n", "        scaler.update()\n        nn.utils.clip_grad_norm_(net.parameters(), 1.0)\n", "gradients_clipped_in_vain"),
    ("while_with_patience", "        loss.backward()\n", "        nn.utils.clip_grad_value_(net.parameters(), 0.5)\n        loss.backward()\n", "gradients_clipped_in_vain"),
    ("while_with_patience", "        loss.backward()\n", "        loss.backward()\n        nn.utils.clip_grad_value_(net.parameters(), 0.5)\n", None),
    ("while_with_patience", "cost = nn.CrossEntropyLoss()", "counts = torch.bincount(labels)\ncost = nn.CrossEntropyLoss(counts.float())", "class_weights_upside_down"),
    ("while_with_patience", "cost = nn.CrossEntropyLoss()", "counts = torch.bincount(labels)\ncost = nn.CrossEntropyLoss(counts.max() / counts.float())", None),
    ("epoch_function_without_optimizer", "                optimizer.step()\n", "", "optimizer_never_steps"),
    ("epoch_function_without_optimizer", "                optimizer.zero_grad()\n", "", "gradients_not_cleared"),
    ("epoch_function_without_optimizer", "    model.train(learning)\n", "", "eval_mode_missing"),
    ("class_trainer", "            self.optimizer.zero_grad()\n", "", "gradients_not_cleared"),
    ("class_trainer", "            self.optimizer.step()\n", "", "optimizer_never_steps"),
    ("class_trainer", "        self.model.eval()\n", "", "eval_mode_missing"),
    ("class_trainer", "        self.model.train()\n", "", "train_mode_not_restored"),
    ("class_trainer", "len(self.check.dataset)", "len(self.check)", "accuracy_miscounted"),
    ("accumulated_gradients", "            opt.zero_grad()\n", "", "gradients_not_cleared"),
    ("accumulated_gradients", "            opt.step()\n            opt.zero_grad()", "            opt.zero_grad()\n            opt.step()", "optimizer_never_steps"),
    ("half_precision", "        scaler.step(opt)\n", "", "optimizer_never_steps"),
    ("half_precision", "        opt.zero_grad(set_to_none=True)\n", "", "gradients_not_cleared"),
    ("half_precision", "        plan.step()", "    plan.step()", "scheduler_stepped_wrongly"),
    ("phases", "                model.eval()", "                pass_over = 1", "eval_mode_missing"),
    ("phases", "                model.train()", "                model.eval()", None),
    ("phases", '            if phase == "train":\n                model.train()\n            else:\n', '            if phase == "val":\n', "train_mode_not_restored"),
    ("phases", "                        optimizer.step()\n", "", "optimizer_never_steps"),
    ("phases", "                optimizer.zero_grad()\n", "", "gradients_not_cleared"),
    ("phases", "            epoch_acc =", "            print(running_loss / sizes[phase])\n            epoch_acc =", None),
    ("phases", "            epoch_acc =", "            print(running_loss / len(batches[phase]))\n            epoch_acc =", "loss_miscounted"),
    ("epoch_function_without_optimizer", "loss.item() * x.size(0)", "loss.item()", "loss_miscounted"),
    ("epoch_function_without_optimizer", "loss.item() * x.size(0)", "loss.item() * 32", None),
    ("while_with_patience", "for batch in held) / len(held)", "for batch in held) / len(held.dataset)", "loss_miscounted"),
    ("phases", "optimizer = optim.SGD(model.fc.parameters(), lr=0.001, momentum=0.9)\n", "optimizer = optim.SGD(model.fc.parameters(), lr=0.001, momentum=0.9)\nmodel.fc = nn.Linear(512, 2)\n", "optimizer_holds_other_weights"),
    ("functional_step", "    loss.backward()\n", "", "optimizer_never_steps"),
    ("functional_step", "    model.eval()\n", "", "eval_mode_missing"),
    ("functional_step", "cross_entropy(model(x), y)", "cross_entropy(model(x).softmax(-1), y)", "probabilities_into_logits_loss"),
    ("closure_lbfgs", "            opt.zero_grad()\n", "", "gradients_not_cleared"),
    ("closure_lbfgs", "            loss.backward()\n", "", "optimizer_never_steps"),
    ("two_optimizers", "        opt_m.step()\n", "", "optimizer_never_steps"),
    ("two_optimizers", "opt_m = torch.optim.Adam(maker", "opt_m = torch.optim.Adam(judge", "optimizer_holds_other_weights"),
    ("several_losses", ', {"params": side.parameters(), "lr": 1e-2}', "", "optimizer_holds_other_weights"),
    ("decorated_evaluation", "    model.eval()\n", "", "eval_mode_missing"),
    ("decorated_evaluation", "    net.train()\n", "", "train_mode_not_restored"),
    ("decorated_evaluation", ".argmax(dim=1)", ".argmax(dim=0)", "accuracy_miscounted"),
    ("accelerate", "        opt.zero_grad()\n", "", "gradients_not_cleared"),
    ("accelerate", "        opt.step()\n", "", "optimizer_never_steps"),
    ("accelerate", "    net.eval()\n", "", "eval_mode_missing"),
    ("ignite", "    opt.zero_grad()\n", "", "gradients_not_cleared"),
    ("ignite", "    opt.step()\n", "", "optimizer_never_steps"),
    ("gradient_tape", "    optimizer.apply_gradients(zip(gradients, model.trainable_variables))\n", "", "optimizer_never_steps"),
    ("gradient_tape", "predictions = model(images, training=True)", "predictions = model(images)", "train_mode_not_restored"),
    ("gradient_tape", "model(images, training=False)", "model(images, training=True)", "eval_mode_missing"),
    ("gradient_tape", "loss_object(labels, predictions)", "loss_object(labels, tf.nn.softmax(predictions))", "probabilities_into_logits_loss"),
    ("two_stages", "for p in net.features.parameters():\n    p.requires_grad = False\nnet.classifier[1] = torch.nn.Linear(1280, 9)\n", "net.classifier[1] = torch.nn.Linear(1280, 9)\nadam = torch.optim.Adam(net.features.parameters())\n", None),
    ("choice_by_arguments", "        optimizer.step()\n", "", "optimizer_never_steps"),
    ("choice_by_arguments", "    net.eval()\n", "", "eval_mode_missing"),
    ("choice_by_arguments", "        optimizer.step()\n", "        optimizer.step()\n        plan.step()\n", None),
    ("infinite_batches", "        net.train()\n", "", "train_mode_not_restored"),
    ("infinite_batches", "        net.eval()\n", "", "eval_mode_missing"),
    ("folds", "        model.eval()\n", "", "eval_mode_missing"),
    ("folds", "Adam(model.parameters())", "Adam(net.parameters())", "optimizer_holds_other_weights"),
    ("parts_called_apart", " + list(decoder.parameters())", "", "optimizer_holds_other_weights"),
    ("parts_called_apart", "    encoder.eval(), decoder.eval()\n", "    decoder.eval()\n", "eval_mode_missing"),
    ("cleared_by_hand", "            p.grad = None\n", "            p.data\n", "gradients_not_cleared"),
    ("while_with_patience", "    net.eval()\n", "", "eval_mode_missing"),
    ("lightning_module", "argmax(dim=1)", "argmax(dim=0)", "accuracy_miscounted"),
    ("lightning_module", "return self.body(x)", "return self.body(x).softmax(dim=1)", "probabilities_into_logits_loss"),
    ("lightning_module", "AdamW(self.parameters()", "AdamW(self.body.layer1.parameters()", "optimizer_holds_other_weights"),
    ("lightning_module", "        self.right =", "        self.requires_grad_(False)\n        self.right =", "nothing_is_trainable"),
    ("lightning_module", '        return {"loss": cost}\n', "        opt = self.optimizers()\n", None),
    ("keras_step", "self(x, training=True)", "self(x)", "train_mode_not_restored"),
    ("keras_step", "self(x, training=True)", "self(x, True)", None),
    ("keras_step", "        self.optimizer.apply(grads, self.trainable_weights)\n", "", "optimizer_never_steps"),
    ("keras_step", "Dense(classes)", "Dense(classes, activation='softmax')", "probabilities_into_logits_loss"),
    ("keras_step", "self.trainable_weights)\n        self", "self.out.trainable_weights)\n        self", None),
    ("keras_step", "grads = tape.gradient(loss, self.trainable_weights)\n        self.optimizer.apply(grads, self.trainable_weights)", "grads = tape.gradient(loss, self.out.trainable_weights)\n        self.optimizer.apply(grads, self.out.trainable_weights)", "optimizer_holds_other_weights"),
    ("keras_step_on_torch", "        self.zero_grad()\n", "", "gradients_not_cleared"),
    ("keras_step_on_torch", "        loss.backward()\n", "", "optimizer_never_steps"),
    ("keras_step_on_torch", "                metric.update_state(y, y_pred)\n", "                pass\n", None),
    ("keras_step_on_torch", "        for metric in self.metrics:\n", "        for metric in ():\n", "accuracy_miscounted"),
    ("keras_step_on_torch", "metric.update_state(", "note(metric, ", None),
    ("keras_distiller", "layers.Dense(10),", "layers.Dense(10, activation='softmax'),", "probabilities_into_logits_loss"),
    ("keras_distiller", "self.student(x, training=False)", "self.student(x, training=True)", "eval_mode_missing"),
    ("keras_distiller", "self.teacher(x, training=False)", "self.teacher(x)", None),
    ("keras_step_with_trackers", "    @property\n    def metrics(self):\n        return [loss_tracker, acc_metric]\n", "", "accuracy_miscounted"),
    ("keras_step_with_trackers", "        acc_metric.update_state(labels, probs)\n", "", "accuracy_miscounted"),
    ("keras_step_with_trackers", "training=False", "training=True", "eval_mode_missing"),
    ("keras_two_optimizers", "self.linear_probe(features, training=True)", "tf.nn.softmax(self.linear_probe(features, training=True))", "probabilities_into_logits_loss"),
    ("keras_two_optimizers", "        self.probe_optimizer.apply_gradients(zip(g, self.linear_probe.trainable_weights))\n", "", None),
    ("keras_step_of_keras", "Dense(7)", "Dense(7, activation='softmax')", "probabilities_into_logits_loss"),
    ("while_with_patience", "        opt.step()\n", "    opt.step()\n", "optimizer_never_steps"),
    ("frozen_batchnorm", "    net.eval()\n", "", None),
    ("frozen_batchnorm", "net.fc = torch.nn.Linear(2048, 6)\nopt = torch.optim.SGD(net.parameters(), 1e-3)\n", "opt = torch.optim.SGD(net.parameters(), 1e-3)\nnet.fc = torch.nn.Linear(2048, 6)\n", "optimizer_holds_other_weights"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "cause"), SICK, ids=str)
def test_one_fault_in_it_is_named(name, old, new, cause):
    text = text_of(name)
    assert old in text
    found = found_in(text.replace(old, new, 1))
    assert found == ({cause} if cause else set())


CLEARED = """import torch
from torch import nn, optim
{imports}
net = nn.Sequential(nn.Flatten(), nn.Linear(48, 3))
measure = nn.CrossEntropyLoss()
opt = optim.SGD(net.parameters(), lr=0.01)
{before}
for epoch in range(9):
    for images, labels in batches:
        {above}
        cost = measure(net(images), labels)
        cost.backward()
        {step}
        {below}
"""
USUAL = {
    "imports": "",
    "before": "",
    "above": "seen = 1",
    "step": "opt.step()",
    "below": "seen = 2",
}


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"before": "plan = optim.lr_scheduler.CosineAnnealingLR(opt, 99)", "below": "plan.step()"},
        {"before": "half = torch.cuda.amp.GradScaler()", "step": "half.step(opt)"},
        {"below": "print(opt.param_groups[0]['lr'])"},
        {"step": "if epoch % 4 == 3: opt.step()"},
        {"imports": "import lightning as L"},
    ],
    ids=str,
)
def test_gradients_that_nothing_clears_are_told(parts):
    assert "gradients_not_cleared" in found_in(CLEARED.format(**(USUAL | parts)))


@pytest.mark.parametrize(
    "parts",
    [
        {"above": "opt.zero_grad()"},
        {"above": "net.zero_grad(set_to_none=True)"},
        {"below": "opt.zero_grad(set_to_none=True)"},
        {"below": "if epoch % 4 == 0: opt.zero_grad()"},
        {"below": "for p in net.parameters(): p.grad = None"},
        {"below": "for p in net.parameters(): p.grad.zero_()"},
        {"above": "begin(opt)"},
        {"before": "helper = Helper(net, optimizer=opt)"},
        {
            "imports": "import deepspeed",
            "before": "net, opt, _, _ = deepspeed.initialize(net, opt)",
        },
        {"above": "..."},
        {"before": "opt = make_optimizer(net)"},
    ],
    ids=str,
)
def test_what_may_clear_them_ends_it(parts):
    assert found_in(CLEARED.format(**(USUAL | parts))) == set()


def test_a_loop_is_a_record_of_what_its_rounds_do():
    program = read_script(text_of("decorated_evaluation")).program
    paths = list(loops(program.body))
    training = next(path[-1] for path in paths if len(path) == 2)
    kinds = [event.kind for event in events(training.later) if event.kind != "measure"]
    assert kinds == ["clear", "forward", "backward", "step"]
    assert isinstance(paths[0][0], Loop)
    assert paths[0][0].rounds == 10
    assert program.known


def test_what_other_files_do_is_not_known():
    assert not read_script(text_of("loss_scaler_elsewhere")).program.known


def test_the_answer_names_the_line(tmp_path):
    path = tmp_path / "train.py"
    path.write_text(text_of("decorated_evaluation").replace("    model.eval()\n", ""))
    (first, *_), text = doctor.diagnose(path).causes, path.read_text()
    assert first.rule == "eval_mode_missing"
    line = first.evidence[0].line
    assert "model(x)" in text.splitlines()[line - 1]


@pytest.mark.parametrize(
    ("loss", "summed"),
    [
        ("nn.functional.cross_entropy(net(x), y, reduction='none').sum()", True),
        ("nn.functional.cross_entropy(net(x), y, reduction='none').mean()", False),
        ("nn.functional.cross_entropy(net(x), y, reduction='none').sum() / len(y)", False),
        ("nn.CrossEntropyLoss(reduction='sum')(net(x), y)", True),
        ("cost(net(x), y)", False),
    ],
)
def test_a_loss_is_summed_by_what_is_trained_on_not_by_counts_of_right_answers(loss, summed):
    text = text_of("decorated_evaluation").replace("cost(net(x), y)", loss)
    assert bool(read_script(text).called("summed_loss")) == summed


def test_a_sum_of_losses_that_are_only_measured_is_none_of_training():
    text = text_of("decorated_evaluation").replace(
        "    model.eval()\n",
        "    model.eval()\n    nn.functional.cross_entropy(x, y, reduction='sum').item()\n",
    )
    assert "reduction='sum'" in text
    assert not read_script(text).called("summed_loss")


CHOSEN = """import torch
from torch import nn, optim
net = nn.Sequential(nn.Flatten(), nn.Linear(48, 3))
measure = nn.CrossEntropyLoss()
{made}
for epoch in range(9):
    for images, labels in batches:
        opt.zero_grad()
        measure(net(images), labels).backward()
        opt.step()
"""


@pytest.mark.parametrize(
    "made",
    [
        "if quick:\n    opt = optim.Adam(net[1].parameters())\n"
        "else:\n    opt = optim.Adam(net.parameters())",
        "opt = optim.SGD(net.parameters(), 0.1) if quick else optim.Adam(net.parameters())",
        "def setup(net):\n    for p in net[0].parameters():\n        p.requires_grad = False\n"
        "        return net, optim.Adam(net.parameters())\nnet, opt = setup(net)",
    ],
)
def test_an_optimizer_that_is_chosen_takes_its_steps(made):
    text = CHOSEN.format(made=made)
    assert found_in(text) == set()
    if "def " not in made:
        assert found_in(text.replace("        opt.step()\n", "")) == {"optimizer_never_steps"}


STEPPED = """
import torch
net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(75, 4))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
plan = torch.optim.lr_scheduler.StepLR(opt, step_size=2, gamma=0.01)
cost = torch.nn.CrossEntropyLoss()

def learn(net, opt, plan, epochs=12):
    for epoch in range(epochs):
        for x, y in batches:
            opt.zero_grad()
            cost(net(x), y).backward()
            opt.step()
        # here

learn(net, opt, plan)
"""
"""A training in a function that is given its schedule, which nothing steps."""


@pytest.mark.parametrize(
    ("old", "new", "accused"),
    [
        ("# here", "print(epoch)", True),
        ("# here", "plan.step()", False),
        ("# here", "# plan.step()", False),
        ("# here", "# others.step()", True),
        ("\nlearn(net, opt, plan)", "\n# learn(net, opt, plan)", False),
        (
            "\nlearn(net, opt, plan)",
            "\nlearn(net, torch.optim.Adam(net.parameters()), None)",
            False,
        ),
    ],
)
def test_a_schedule_is_never_stepped_where_its_optimizer_steps(old, new, accused):
    assert ("scheduler_stepped_wrongly" in found_in(STEPPED.replace(old, new))) is accused


def test_a_schedule_that_nothing_steps_sets_no_rate():
    for step, kept in (("plan.step()", True), ("# plan.step()", False), ("print()", False)):
        recipe = read_script(STEPPED.replace("# here", step)).recipe
        assert (recipe.optimizer.schedule is not None) is kept


CHOSEN_PLAN = STEPPED.replace(
    "plan = torch.optim.lr_scheduler.StepLR(opt, step_size=2, gamma=0.01)",
    "if wanted:\n    plan = torch.optim.lr_scheduler.StepLR(opt, 2)\n"
    "else:\n    plan = torch.optim.lr_scheduler.ExponentialLR(opt, 0.9)",
)


def test_one_of_two_schedules_is_stepped():
    assert "scheduler_stepped_wrongly" not in found_in(CHOSEN_PLAN.replace("# here", "plan.step()"))
    assert "scheduler_stepped_wrongly" in found_in(CHOSEN_PLAN)


ONE_FUNCTION = """
import torch
from torch import nn
net = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(75, 4))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
cost = nn.CrossEntropyLoss()

def run(net, learning, loader, epochs):
    # begin
    for epoch in range(epochs):
        # mode
        for x, y in loader:
            opt.zero_grad()
            loss = cost(net(x), y)
            loss.backward()
            opt.step()

run(net, True, batches, 9)
# between
run(net, False, others, 1)
"""
"""One function for both parts, which steps in both."""
BY_PARAMETER = "if learning:\n            net.train()\n        else:\n            net.eval()"


@pytest.mark.parametrize(
    ("changes", "accused"),
    [
        ((("# mode", BY_PARAMETER),), False),
        (
            (
                (
                    "# begin",
                    BY_PARAMETER.replace("        ", "    ").replace("    net", "        net", 2),
                ),
            ),
            False,
        ),
        ((("# between", "net.eval()"),), True),
        ((("# mode", BY_PARAMETER), ("# between", "net.eval()")), False),
        ((("# mode", "if epoch % 3 == 2:\n            net.eval()"),), False),
        ((("            opt.step()", "            opt.step()\n        net.eval()"),), True),
    ],
)
def test_a_mode_that_is_set_for_a_pass_is_not_left_from_before(changes, accused):
    text = ONE_FUNCTION
    for old, new in changes:
        text = text.replace(old, new)
    compile(text, "text", "exec")
    assert ("train_mode_not_restored" in found_in(text)) is accused


PARTED = """
import torch
from torchvision import models
def one_epoch(net, opt):
    for x, y in photos:
        opt.zero_grad()
        torch.nn.functional.cross_entropy(net(x), y).backward()
        opt.step()
net = models.{made}(weights="DEFAULT")
for p in net.parameters():
    p.requires_grad = False
net.{part} = torch.nn.Linear(net.{part}.in_features, 6)
opt = torch.optim.AdamW(net.{held}.parameters(), lr=1e-3)
for epoch in range(8):
    one_epoch(net, opt)
"""


@pytest.mark.parametrize(
    ("made", "part", "held"),
    [
        ("vit_b_16", "heads.head", "heads.head"),
        ("vit_l_32", "heads.head", "heads"),
        ("swin_t", "head", "head"),
        ("vit_b_16", "heads", "heads"),
    ],
)
def test_a_layer_within_the_head_of_a_library_learns(made, part, held):
    text = PARTED.format(made=made, part=part, held=held)
    accused = {"optimizer_never_steps", "optimizer_holds_other_weights", "nothing_is_trainable"}
    assert not found_in(text) & accused
    late = "for p in net.parameters():\n    p.requires_grad = False\n"
    assert "nothing_is_trainable" in found_in(text.replace("opt = ", late + "opt = "))
    assert "optimizer_never_steps" in found_in(text.replace("        opt.step()\n", ""))


HEADED = """
import torch
from torch import nn
from torchvision import models
net = models.{made}(weights="DEFAULT")
net.{head}
cost = nn.CrossEntropyLoss()
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for epoch in range(5):
    for x, y in train:
        opt.zero_grad()
        cost(net(x), y).backward()
        opt.step()
    right = 0
    for x, y in held_out:
        right += (net(x).argmax(1) == y).sum().item()
    print(right / len(others))
"""


@pytest.mark.parametrize(
    ("made", "head", "accused"),
    [
        ("squeezenet1_1", "classifier = nn.Sequential(nn.Conv2d(512, 4, 1), nn.Flatten())", False),
        (
            "squeezenet1_1",
            "classifier = nn.Sequential(nn.Dropout(0.5), nn.Conv2d(512, 4, 1))",
            True,
        ),
        ("squeezenet1_1", "classifier[1] = nn.Conv2d(512, 4, 1)", True),
        ("vgg16", "classifier = nn.Sequential(nn.Flatten(), nn.Linear(25088, 4))", False),
        ("resnet18", "fc = nn.Linear(512, 4)", True),
    ],
)
def test_modes_matter_where_a_layer_differs_between_them(made, head, accused):
    assert ("eval_mode_missing" in found_in(HEADED.format(made=made, head=head))) is accused
