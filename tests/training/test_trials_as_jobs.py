"""Trials of recipes in processes of their own, as on a cluster: the same as in this process."""

import pytest
from msgspec.structs import replace

from fitdoctor import proof
from fitdoctor.errors import RunFolderError
from fitdoctor.experiments import jobs
from fitdoctor.records.recipe import Layer, Optimizer, Recipe
from fitdoctor.records.workers import Workers
from fitdoctor.training import recipes
from fitdoctor.training.trials import KerasTrainer

pytestmark = pytest.mark.slow
JOBS = Workers(jobs=2)


@pytest.fixture
def recipe(draw_photos):
    return recipes.completed(
        Recipe(
            images=str(draw_photos()),
            image_size=16,
            layers=(
                Layer(kind="GlobalAveragePooling2D"),
                Layer(kind="Dropout", rate=0.6),
                Layer(kind="Dense", units=2, activation="softmax"),
            ),
            epochs=6,
            batch_size=9,
            optimizer=Optimizer(name="Adam", learning_rate=0.05),
        )
    )


def test_a_trial_is_the_same_as_a_job_and_in_this_process(recipe, tmp_path):
    order = replace(recipe, seed=3, order_seed=3)
    place = jobs.Place(folder=str(tmp_path), limit=300)
    made = jobs.as_run(jobs.perform(order, place))
    expected = KerasTrainer().train(order)
    assert made.curves["val_accuracy"].values[-1] == pytest.approx(
        expected.curves["val_accuracy"].values[-1]
    )
    assert made.data.n_val == expected.data.n_val > 0
    assert made.data.class_counts == expected.data.class_counts
    assert [path.name for path in tmp_path.iterdir()] == [f"{jobs.name_of(order)}.json"]


def test_jobs_of_a_recipe_need_a_folder(recipe):
    with pytest.raises(RunFolderError, match="need a folder"):
        proof.prove(recipe, "dropout_too_high", workers=JOBS)
