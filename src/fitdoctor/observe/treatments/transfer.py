"""Treatments of what is taken over from a pretrained network, and of what learns at all."""

from __future__ import annotations

from fitdoctor.observe.patient import Patient

LOW = 1e-4


def unfreeze_backbone(patient: Patient, *, learning_rate: float = LOW) -> str:
    """Fine-tune the backbone too, at a constant `learning_rate`, BatchNorm in inference mode."""
    frozen = [
        part for part in patient.model.layers if hasattr(part, "layers") and not part.trainable
    ]
    if not frozen:
        return ""
    for part in frozen:
        part.trainable = True
    for layer in patient.of_kind("BatchNormalization"):
        layer.trainable = False
    patient.compile()
    patient.model.optimizer.learning_rate = learning_rate
    return f"{', '.join(part.name for part in frozen)} learns too, at rate {learning_rate:g}"


def unfreeze_all(patient: Patient) -> str:
    """Let every layer learn."""
    frozen = [layer for layer in patient.layers if layer.weights and not layer.trainable]
    if not frozen:
        return ""
    patient.model.trainable = True
    for layer in frozen:
        layer.trainable = True
    patient.compile()
    return f"{len(frozen)} frozen layers learn"
