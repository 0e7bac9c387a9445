"""Lines to run, in the names that a script has."""

import pytest

from fitdoctor.code.own_names import in_own_names

KERAS = "net.fit({}, epochs=3)\n"
LOOP = """
opt = torch.optim.Adam(cnn.parameters(), 1e-3)
for epoch in range(3):
    for i, (a, b) in enumerate(tqdm(loader_a)):
        opt.zero_grad()
        loss_fn(cnn(a), b).backward()
        opt.step()
    for a, b in loaders["test"]:
        right += (cnn(a).argmax(1) == b).sum()
"""


@pytest.mark.parametrize(
    ("script", "line", "expected"),
    [
        (KERAS.format("x_tr, y_tr, validation_data=(x_v, y_v)"),
         "print(model.evaluate(x_train, y_train))", "print(net.evaluate(x_tr, y_tr))"),
        (KERAS.format("x=a, y=b, validation_data=(c, d)"),
         "print(model.evaluate(validation_data), x_val.min(), x_train.max())",
         "print(net.evaluate(c, d), c.min(), a.max())"),
        (KERAS.format("gen, validation_data=held"),
         "print(model.evaluate(x_train, y_train), model.evaluate(validation_data))",
         "print(net.evaluate(gen), net.evaluate(held))"),
        (KERAS.format("gen, validation_data=held"), "print(model.predict(x_val).argmax(1))",
         "print(net.predict(held).argmax(1))"),
        (KERAS.format("gen"), "print(x_train.min())", "print(x_train.min())"),
        (KERAS.format("make(1, 2, 3)[a_very_long_name_of_something_else:another_long_name], y"),
         "print(model.evaluate(x_train, y_train))", "print(net.evaluate(x_train, y_train))"),
        (LOOP, "print(optimizer.param_groups, model, next(iter(train_loader)))",
         "print(opt.param_groups, cnn, next(iter(loader_a)))"),
        (LOOP, "print(next(iter(val_loader)))", "print(next(iter(loaders['test'])))"),
        ("x = 1\n", "print(model.training)", "print(model.training)"),
        ("def f(:\n", "print(model.training)", "print(model.training)"),
        (KERAS.format("x, y"), "print(my.model, models)", "print(my.model, models)"),
    ],
)  # fmt: skip
def test_names_of_the_script_take_the_place_of_usual_ones(script, line, expected):
    assert in_own_names(line, script) == expected
