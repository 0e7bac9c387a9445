def set_trainable(module, flag):
    for child in module.children():
        set_trainable(child, flag)
    for parameter in module.parameters(recurse=False):
        parameter.requires_grad_(flag)


def prepare(model):
    """Train the classifier alone."""
    set_trainable(model, False)
    model.classifier.requires_grad = True
    return model
