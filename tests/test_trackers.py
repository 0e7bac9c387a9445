"""Findings handed to MLflow and TensorBoard, and to a hook of one's own."""

import importlib.machinery
import subprocess
import sys
from types import ModuleType, SimpleNamespace

import pytest

from fitdoctor import doctor, extras, trackers
from fitdoctor.cli import main
from fitdoctor.errors import MissingExtraError, TrackerError
from fitdoctor.records.news import News

SICK = {"loss": [1.1] * 12, "val_loss": [1.1] * 12}
LOG = "".join(
    f"Epoch {e}/12\n60/60 - 1s - loss: 1.1000 - accuracy: 0.3300 - val_loss: 1.1000\n"
    for e in range(1, 13)
)


class Heard:
    """A hook that remembers what it was handed."""

    def __init__(self):
        self.told, self.diagnoses = [], []

    def news(self, new):
        self.told.append(new)

    def ended(self, diagnosis):
        self.diagnoses.append(diagnosis)


def test_every_hook_hears_the_findings_and_then_the_diagnosis():
    one, other = Heard(), Heard()
    diagnosis = doctor.diagnose(SICK)
    trackers.send(diagnosis, one, other)
    assert one.told == other.told
    assert {new.rule for new in one.told} >= {found.rule for found in diagnosis.symptoms}
    assert all(new.epoch == 12 and new.kind == "found" and new.sentence for new in one.told)
    assert one.diagnoses == [diagnosis]


class Client:
    """What is used of an MLflow client."""

    runs = ("abc",)

    def __init__(self):
        self.tags, self.metrics, self.texts = {}, [], {}

    def get_run(self, run_id):
        if run_id not in self.runs:
            raise FakeMLflow.exceptions.MlflowException(f"no run {run_id}")
        return SimpleNamespace(info=SimpleNamespace(run_id=run_id))

    def set_tag(self, run_id, name, value):
        assert run_id in self.runs
        self.tags[name] = value

    def delete_tag(self, run_id, name):
        del self.tags[name]

    def log_metric(self, run_id, name, value, step):
        self.metrics.append((name, value, step))

    def log_text(self, run_id, text, name):
        self.texts[name] = text


class FakeMLflow(ModuleType):
    exceptions = SimpleNamespace(MlflowException=type("MlflowException", (Exception,), {}))
    MlflowClient = Client
    begun = SimpleNamespace(info=SimpleNamespace(run_id="abc"))
    active = None

    def active_run(self):
        return self.active

    def start_run(self):
        return self.begun


@pytest.fixture
def mlflow(monkeypatch):
    fake = FakeMLflow("mlflow")
    fake.__spec__ = importlib.machinery.ModuleSpec("mlflow", None)
    monkeypatch.setitem(sys.modules, "mlflow", fake)
    return fake


def test_mlflow_holds_findings_as_tags_and_the_report(mlflow):
    hook = trackers.MLflow()
    assert hook.run_id == "abc"
    hook.news(News(kind="found", epoch=7, rule="overfitting", probability=0.9, sentence="It is.",
                   fix="Stop."))  # fmt: skip
    client = hook._client
    assert client.tags["fitdoctor.overfitting"].endswith("overfitting: It is. Fix: Stop.")
    assert client.metrics == [("fitdoctor.overfitting", 0.9, 7)]
    hook.news(News(kind="gone", epoch=20, rule="overfitting"))
    assert "fitdoctor.overfitting" not in client.tags
    hook.ended(doctor.diagnose(SICK))
    assert client.tags["fitdoctor"].startswith("Problem found")
    assert "<!doctype html>" in client.texts["fitdoctor/report.html"]


def test_an_mlflow_run_that_there_is_not_is_told(mlflow):
    assert trackers.named("mlflow=abc").run_id == "abc"
    with pytest.raises(TrackerError, match="no run nothing"):
        trackers.named("mlflow=nothing")


@pytest.mark.parametrize("words", ["wandb", "mlfow", "tensorboard"])
def test_other_names_are_refused_in_one_line(words, tmp_path, capsys):
    log = tmp_path / "log.txt"
    log.write_text(LOG)
    given = ["watch", str(log), "--tracker", words, "--every", "0.01", "--idle", "0.02"]
    assert main(given) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


@pytest.mark.parametrize(("kind", "module"), [("mlflow", "mlflow"), ("tensorboard", "tensorboard")])
def test_without_its_package_a_tracker_says_what_to_install(kind, module, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=module):
        trackers.named(f"{kind}=x")


def test_a_watched_log_is_handed_on(tmp_path, mlflow, capsys):
    log = tmp_path / "log.txt"
    log.write_text(LOG)
    heard = Heard()
    kinds = {"heard": lambda _: heard}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trackers, "KINDS", kinds)
        main(["watch", str(log), "--tracker", "heard", "--every", "0.01", "--idle", "0.05"])
    assert heard.told
    assert [new.epoch for new in heard.told] == sorted(new.epoch for new in heard.told)
    assert len(heard.diagnoses) == 1
    assert "FOUND" in capsys.readouterr().out


def test_a_tracker_that_fails_does_not_end_the_watching(tmp_path, mlflow, monkeypatch, capsys):
    def full(*given, **named):
        raise FakeMLflow.exceptions.MlflowException("no space left\nand more")

    monkeypatch.setattr(Client, "set_tag", full)
    log = tmp_path / "log.txt"
    log.write_text(LOG)
    given = ["watch", str(log), "--tracker", "mlflow", "--every", "0.01", "--idle", "0.05"]
    assert main(given) == 1
    said = capsys.readouterr()
    assert said.err.strip() == ("fitdoctor: mlflow=abc: no space left; it is handed nothing more")
    assert "Problem found" in said.out


def test_importing_trackers_loads_none_of_them():
    code = (
        "import sys; import fitdoctor.trackers; print({'mlflow', 'tensorboard'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_tensorboard_holds_findings_as_texts(tmp_path):
    if not extras.here("tensorboard"):
        pytest.skip("no tensorboard")
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    trackers.send(doctor.diagnose(SICK), trackers.TensorBoard(tmp_path / "events"))
    events = reader.EventAccumulator(str(tmp_path / "events")).Reload()
    texts = {
        name: events.Tensors(name)[0].tensor_proto.string_val[0].decode()
        for name in events.Tags()["tensors"]
    }
    assert "Problem found" in texts["fitdoctor"]
    assert any("FOUND" in text for text in texts.values())


def test_a_real_mlflow_run_takes_findings(tmp_path, monkeypatch):
    real = pytest.importorskip("mlflow")
    real.set_tracking_uri((tmp_path / "runs").as_uri())
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.chdir(tmp_path)
    with real.start_run() as run:
        trackers.send(doctor.diagnose(SICK), trackers.MLflow())
    client = real.MlflowClient()
    tags = client.get_run(run.info.run_id).data.tags
    assert any(name.startswith("fitdoctor.") for name in tags)
    assert [file.path for file in client.list_artifacts(run.info.run_id, "fitdoctor")] == [
        "fitdoctor/report.html"
    ]
