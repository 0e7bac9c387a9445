"""A reader of folders that splits takes a part of each class: its validation is no tail."""

import pytest

from fitdoctor import doctor
from fitdoctor.sources import pasted

PAGE = """
Training accuracy is 0.99 and validation accuracy only 0.7, why?

gen = ImageDataGenerator(rescale=1/255, validation_split=0.2)
a = gen.{reader}, subset='training')
b = gen.{reader}, subset='validation')
net = Sequential([Conv2D(8, 3, activation='relu', input_shape=(64, 64, 3)), Flatten(),
                  Dense(5, activation='softmax')])
net.compile('adam', {loss}, metrics=['accuracy'])
net.fit(a, validation_data=b, epochs=9)
"""


@pytest.mark.parametrize(
    ("reader", "loss", "named"),
    [
        ("flow_from_directory('photos', target_size=(64, 64)", "'categorical_crossentropy'", False),
        ("flow(x, y", "'categorical_crossentropy'", True),
    ],
)
def test_folders_are_split_within_classes_and_arrays_are_not(reader, loss, named):
    diagnosis = doctor.diagnose(pasted(PAGE.format(reader=reader, loss=loss))[0])
    found = {c.rule for c in diagnosis.causes if c.probability >= 0.3 and not c.usual}
    assert ("validation_split_is_ordered" in found) is named
