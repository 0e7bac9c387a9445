"""Real trainings with one injected fault each, or none: what diagnoses are measured on."""
