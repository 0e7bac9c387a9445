"""The parent leaves terminal, signals and exit status to the script, and nothing behind."""

import os
import signal
import subprocess
import sys
import time

import pytest


@pytest.fixture
def command(execute, tmp_path):
    """Execute a text through the command line."""

    def run(text, *options, arguments=()):
        (tmp_path / "train.py").write_text(text)
        return execute("-m", "fitdoctor", "run", *options, "train.py", *arguments)

    return run


def test_options_after_the_script_are_the_scripts(command, tmp_path):
    done = command("import sys; print(sys.argv[1:])", arguments=["-q", "--limit", "x", "-h"])
    assert done.stdout == "['-q', '--limit', 'x', '-h']\n"
    assert done.returncode == 0
    first, *_, last = done.stderr.splitlines()
    assert "executing train.py" in first
    assert "no training was seen" in last
    assert os.listdir(tmp_path) == ["train.py"]  # noqa: PTH208


@pytest.mark.slow
def test_a_script_that_lacks_keras_is_told_what_to_install(command):
    done = command("""raise ModuleNotFoundError("No module named 'keras'")""")
    assert done.returncode == 1
    assert "needs keras, which is not installed here. Install them: pip install" in done.stderr
    assert "no training was seen" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("import sys; sys.exit(3)", 3),
        ("1 / 0", 1),
        ("import os; os._exit(7)", 7),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
        ("import time; time.sleep(60)", 124),
    ],
)
def test_the_exit_status_is_the_scripts(command, text, status):
    limit = ["--limit", "0.5"] if status == 124 else []
    assert command(text, *limit).returncode == status


STOPS = """
raise ValueError("Computed output size would be negative: -1 [input_size: 1]")
import keras
from keras import layers
model = keras.Sequential()
model.add(layers.Conv2D(8, 3, padding="same", activation="relu", input_shape=(32, 32, 3)))
model.add(layers.Flatten())
model.add(layers.Dense(4, activation="softmax"))
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=9)
"""


@pytest.mark.slow
def test_of_a_script_that_ends_before_its_training_its_text_and_exception_are_told(
    command, tmp_path
):
    done = command(STOPS)
    assert done.returncode == 1
    assert "no training was seen" in done.stderr
    assert "pooling shrinks the feature map" in done.stderr
    assert os.listdir(tmp_path) == ["train.py"]  # noqa: PTH208
    quiet = command(STOPS, "-q")
    assert "pooling shrinks the feature map" not in quiet.stderr
    assert (
        "pooling shrinks the feature map"
        not in command(STOPS.replace("Computed output", "The")).stderr
    )


@pytest.mark.slow
def test_quiet_says_one_line(command):
    assert command("print(1)", "-q").stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["no_such.py"], "no_such.py: there is no such file"),
        (["--limit", "-1", "train.py"], "--limit -1: expected seconds, more than 0"),
        (["-o", "train.py/x", "train.py"], "train.py/x: cannot be written"),
    ],
)
def test_what_cannot_be_done_is_refused_before(execute, tmp_path, words, told):
    (tmp_path / "train.py").write_text("print('executed')")
    done = execute("-m", "fitdoctor", "run", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_all_ends_all(tmp_path, number):
    (tmp_path / "train.py").write_text(
        "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-m", "fitdoctor", "run", "train.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # Shells let what they start in the background ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    child = int(parent.stdout.readline())
    # Ctrl-C goes to the whole group; other signals to whom they are sent.
    if number == signal.SIGINT:
        os.killpg(parent.pid, number)
    else:
        parent.send_signal(number)
    assert parent.wait(20) == -number
    parent.stdout.close()
    time.sleep(0.1)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
