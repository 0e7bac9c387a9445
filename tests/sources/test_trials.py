"""Experiments of askers: a change, and what came of it, in sentences of other make."""

import pytest

from fitdoctor.records.claim import HELPED_BY, IN_VAIN
from fitdoctor.sources import _prose


def tried(text):
    return {
        claim.predicate
        for claim in _prose.claims([text])
        if claim.predicate.startswith((HELPED_BY, IN_VAIN))
    }


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("It never converged at lr 0.02. After I set it to 0.0005 it converges.", "lower_rate"),
        ("Die Lernrate war 0.1 und das Netz lernt nicht. Ich habe sie auf 0.001 gesenkt, es lernt.",
         "lower_rate"),
        ("学习率是 0.1 的时候不收敛。改成 0.001 以后就收敛了。", "lower_rate"),
        ("The network did not learn with a learning rate of 1e-6. I raised it to 1e-3, it learns.",
         "higher_rate"),
        ("The problem disappears only if the images are rescaled.", "scaling"),
        ("Once I shuffled the files the model converges.", "shuffling"),
    ],
)  # fmt: skip
def test_a_change_that_helped_is_known_by_what_came_of_it(text, change):
    assert HELPED_BY + change in tried(text)
    assert IN_VAIN + change not in tried(text)


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("It did not converge at lr 0.02. I changed it to 0.0005 and it still does not converge.",
         "lower_rate"),
        ("I removed the batch norm layers, it does not learn either.", "no_batchnorm"),
    ],
)  # fmt: skip
def test_a_change_in_vain_is_no_help(text, change):
    assert IN_VAIN + change in tried(text)
    assert HELPED_BY + change not in tried(text)


@pytest.mark.parametrize(
    "text",
    [
        "Would it converge with a learning rate of 0.001?",
        "The learning rate is 0.01 and the batch size 32. The network learns.",
        "In the paper they use 0.1, then 0.001.",
        "I shuffle the files. Validation loss is 0.4.",
        "My colleague's network learned after she set the rate to 0.0001.",
    ],
)
def test_what_is_asked_used_or_done_by_others_is_no_experiment(text):
    assert tried(text) == set()


def test_what_is_used_in_a_trial_that_helped_is_not_used_in_the_training_asked_about():
    claims = _prose.claims(["The problem disappears only if the images are rescaled."])
    scaled = [claim for claim in claims if claim.predicate == "scaled"]
    assert scaled
    assert not any(claim.is_evidence for claim in scaled)
