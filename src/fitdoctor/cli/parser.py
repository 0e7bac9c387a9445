"""The words of the command line, and what each calls."""

from __future__ import annotations

import argparse
import itertools
import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from fitdoctor import __version__
from fitdoctor.catalogue.backbones import DEFAULT
from fitdoctor.cli.comparing import compare
from fitdoctor.cli.completing import completion
from fitdoctor.cli.mending import fix
from fitdoctor.cli.reading import audit, check, diagnose, env, explain, read, recipe
from fitdoctor.cli.running import run
from fitdoctor.cli.serving import mcp, serve
from fitdoctor.cli.training import (
    demo,
    evaluate,
    export,
    lr_find,
    predict,
    preview,
    prove,
    train,
)
from fitdoctor.cli.watching import watch
from fitdoctor.errors import FitdoctorError, did_you_mean
from fitdoctor.places import typed, typed_text
from fitdoctor.records.run import SCRIPTS

ABOUT = "Train image classifiers, find out why a training went wrong, and prove the cause."
SHELLS = ("bash", "zsh", "fish", "powershell")
SEVERITIES = ("note", "warning", "error", "never")


class _Parser(argparse.ArgumentParser):
    """One clear line on a bad option or word, with what was probably meant."""

    _mixing = False
    rest_is_given = False
    """What follows the first word is somebody else's, options included."""
    rest_behind: tuple[str, ...] = ()
    """What follows a first word with such an ending is somebody else's, options included."""
    at_the_end: Callable[[], str] | None = None
    """What stands below the help; made when it is asked for, since it takes time."""

    def format_help(self) -> str:
        if self.at_the_end is not None:
            self.epilog = self.at_the_end()
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        where, refused, rest = message.partition(REFUSED)
        given, choices, listed = rest.rpartition(CHOICES)
        if refused and choices:
            known = re.findall(r"[\w-]+", listed)
            given = given.strip("'")
            meant = did_you_mean(given, known, ", ".join(known))
            lacks = "there is no such command" if COMMAND in where else "not one of its values"
            message = f"{where.replace(f'argument {COMMAND}: ', '')}{given}: {lacks}.{meant}"
        elif message.startswith(UNKNOWN):
            words = message.removeprefix(UNKNOWN).split()
            option = next((word.partition("=")[0] for word in words if word[:1] == "-"), "")
            message += "." + did_you_mean(option, self.options())
        else:
            message += "."
        raise FitdoctorError(f"{message} See: {self.prog} --help")

    def parse_known_args(  # type: ignore[override] # overloads for the type of `namespace`
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Take the arguments of a command in any order: `diagnose a.log --ask 0 b.py`."""
        if self._mixing or COMMAND in {action.metavar for action in self._actions}:
            return super().parse_known_args(args, namespace)
        if self.rest_is_given:
            return super().parse_known_args(args, namespace)
        own, rest = self._cut(list(sys.argv[1:] if args is None else args))
        if rest is not None:
            known, unknown = self.parse_known_args(own, namespace)
            known.arguments = rest
            return known, unknown
        self._mixing = True  # It calls back here: for options, then for the rest.
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._mixing = False

    def _cut(self, words: list[str]) -> tuple[list[str], list[str] | None]:
        """Return the words up to a script, and those behind it; `None` where there are none."""
        at = next((i for i, word in enumerate(words[:-1]) if word.endswith(self.rest_behind)), None)
        if not self.rest_behind or at is None:
            return words, None
        return words[: at + 1], words[at + 1 :]

    def options(self) -> list[str]:
        """Return the options that this parser takes, as they are written."""
        return [name for action in self._actions for name in action.option_strings]

    def out_of_place(self, given: Mapping[str, Any]) -> str:
        """Say which option was given without what it is for, by its help; "" where none was."""
        for action in self._actions:
            meant = MEANT_FOR.match(action.help or "")
            if meant is None or given.get(action.dest) == action.default:
                continue
            fits = given[meant[1][2:]] if meant[1][:2] == "--" else given["run"].suffix in SCRIPTS
            if not fits:
                return f"{action.option_strings[-1]}: is {meant[0][:-2]} only"
        return ""

    def after_a_switch(self, words: Sequence[str], unknown: str) -> str:
        """Say that the option before a word takes no value; "" where none stands there."""
        for before, word in itertools.pairwise(words):
            for action in self._actions:
                if word == unknown and action.nargs == 0 and before in action.option_strings:
                    use = (action.help or "").partition(";")[0]
                    return f"{before} takes no value, {word} is one word too many ({use})"
        return ""


REFUSED, CHOICES = "invalid choice: ", " (choose from "
COMMAND = "COMMAND"
UNKNOWN = "unrecognized arguments: "
MEANT_FOR = re.compile(r"for (--[a-z]+|a script): ")
"""How the help of an option begins that has no effect without something else."""


def parse(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Return the arguments of a command by name, with the `command` itself and its `extra`.

    Raises `FitdoctorError` for what is no command, option or value.
    """
    known, unknown = parser().parse_known_args(arguments)
    given = vars(known)
    own: _Parser = given.pop("parser")
    if unknown:
        words = sys.argv[1:] if arguments is None else arguments
        own.error(own.after_a_switch(words, unknown[0]) or UNKNOWN + " ".join(unknown))
    if words := own.out_of_place(given):
        own.error(words)
    return given


STORIES = ("pixel", "radar", "stall", "spikes")
KEYS = {"fine_tune": "fine_tuning", "class_weights": "class_weight"}
"""Setting of the command line -> key of a recipe, where they differ."""


def as_typed(message: str, typed: Collection[str]) -> str:
    """Return what is wrong with a key of a recipe, in the words of the options that were typed."""
    for name in typed:
        key, flag = KEYS.get(name, name), "--" + name.replace("_", "-")
        message = re.sub(rf"^{key}(\.\w+)?\b", flag, message)
        message = re.sub(rf"\bleave {key} out\b", f"leave {flag} out", message)
    return message


def parser() -> argparse.ArgumentParser:
    whole = _Parser(prog="fitdoctor", description=ABOUT)
    whole.add_argument("-V", "--version", action="version", version=__version__)
    _quiet(whole, default=False)
    commands: argparse._SubParsersAction[_Parser] = whole.add_subparsers(
        required=True, metavar=COMMAND
    )

    def command(function: Callable[..., int], extra: str = "") -> _Parser:
        words = (function.__doc__ or "").split("\n")[0]
        sub = commands.add_parser(
            function.__name__.replace("_", "-"), help=words, description=words
        )
        sub.set_defaults(command=function, extra=extra, parser=sub)
        _quiet(sub, default=argparse.SUPPRESS)
        return sub

    sub = command(diagnose)
    sub.add_argument("sources", nargs="+", type=typed_text, metavar="SOURCE",
                     help="a log, a pasted page, a script, a notebook, a model, a folder of images "
                     "or events, a run folder, or - for standard input; several of a training are "
                     "joined, several trainings are diagnosed in turn")  # fmt: skip
    _output_format(sub, "brief", "markdown")
    _html(sub)
    sub.add_argument("--answer", action="append", default=[], metavar="NAME=ANSWER",
                     help="the answer to a question that an earlier diagnosis asked; again for "
                     "further ones")  # fmt: skip
    sub.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", dest="settings",
                     help="what was misread or is missing (n_val=500, batch_size=32, "
                     "curve:loss=val_loss); an empty value: not known; again for "
                     "further ones")  # fmt: skip
    sub.add_argument("--claims", type=typed, metavar="FILE",
                     help="what somebody read in the text, as JSON: a list of claims, each with "
                     "the sentence that it quotes")  # fmt: skip
    sub.add_argument("--ask", type=int, default=1, metavar="N", help="most questions to ask at the "
                     "terminal (default: 1; 0 asks none)")  # fmt: skip
    sub.add_argument("--verbose", action="store_true", help="also print all evidence, what was "
                     "looked for and not found, and what could not be looked at")  # fmt: skip
    _redact(sub)
    _fail_on(sub)

    sub = command(read)
    sub.at_the_end = _formats
    sub.add_argument(
        "source",
        type=typed_text,
        help="as for diagnose: a log, a page, a script, a model, a folder, or -",
    )
    _output_format(sub)
    _redact(sub)

    sub = command(watch)
    sub.add_argument("sources", nargs="+", type=typed, metavar="LOG", help="a log, a run folder or "
                     "a folder of events that is written to, or - for what a program prints "
                     "(python -u train.py | fitdoctor watch -), then whatever else belongs to the "
                     "training, as for diagnose")  # fmt: skip
    sub.add_argument("--every", type=float, default=2.0, metavar="SECONDS", help="between two "
                     "looks at the file (default: 2)")  # fmt: skip
    sub.add_argument("--idle", type=float, metavar="SECONDS", help="end after so long without a "
                     "change, and say what was found (default: at Ctrl-C, or where a run folder "
                     "has ended)")  # fmt: skip
    sub.add_argument("--tracker", action="append", default=[], metavar="NAME", help="also hand "
                     "findings to mlflow (its active run, or mlflow=RUN_ID) or to "
                     "tensorboard=FOLDER; again for both")  # fmt: skip
    _fail_on(sub)

    sub = command(check)
    sub.add_argument(
        "paths",
        type=typed_text,
        nargs="+",
        metavar="PATH",
        help="scripts, notebooks, folders of them, or - for a script on standard input",
    )
    sub.add_argument("--output-format", choices=("text", "json", "sarif", "github"), default="text")
    _chosen(sub)
    sub.add_argument("--fix", action="store_true", help="first write the changes that need no "
                     "training, each file with a copy (as `fix --certain --write`)")  # fmt: skip
    _redact(sub)
    _fail_on(sub)

    sub = command(fix, "fix")
    sub.add_argument("source", type=typed_text, help="a script, a notebook, a recipe.toml, a run "
                     "folder (the script or recipe that made it is changed), or - for a script on "
                     "standard input")  # fmt: skip
    sub.add_argument("--write", action="store_true", help="change the file, and keep a copy of it")
    sub.add_argument("--verify", action="store_true", help="execute the script as it was and "
                     "changed, in pairs over seeds, and accept the change only if it helps "
                     "(Keras)")  # fmt: skip
    sub.add_argument("--args", default="", metavar="TEXT", help="for --verify: the script's own "
                     "arguments, as one text")  # fmt: skip
    sub.add_argument("--seeds", type=int, default=8, help="for --verify: most pairs of trainings "
                     "(default 8), as for prove")  # fmt: skip
    sub.add_argument("-o", "--output", type=typed, help="for --verify: the run folder, in which it "
                     "goes on (default: runs/, its name and its contents)")  # fmt: skip
    sub.add_argument("--epochs", type=int, help="for --verify: the most of each training")
    sub.add_argument("--limit", type=float, metavar="SECONDS", help="for --verify: end an "
                     "execution after so long (default: ten times the first)")  # fmt: skip
    sub.add_argument("--delta", type=float, default=0.02, help="for --verify: the smallest "
                     "difference that would matter")  # fmt: skip
    _workers(sub, "for --verify: ")
    sub.add_argument("--certain", action="store_true", help="only what is a mistake whatever the "
                     "data are, and needs no training to be sure of")  # fmt: skip
    _chosen(sub)
    _html(sub)
    _output_format(sub)

    sub = command(compare)
    sub.add_argument("sources", nargs="+", type=typed_text, metavar="RUN", help="run folders, "
                     "logs or tables of epochs; vs between them parts groups (default: each "
                     "alone)")  # fmt: skip
    sub.add_argument("--group", metavar="REGEX", help="runs whose paths share its first group "
                     "are repetitions of one another")  # fmt: skip
    sub.add_argument("--outcome", metavar="CURVE", help="what is compared at the last epoch "
                     "(default: val_accuracy, else val_loss)")  # fmt: skip
    sub.add_argument("--val-images", type=int, metavar="N", help="how many validation images there "
                     "are, where no source tells")  # fmt: skip
    _html(sub)
    _output_format(sub)

    sub = command(audit)
    sub.add_argument("images", type=typed, help="a folder of class folders, or of train/val/test")
    sub.add_argument("--val", type=typed, help="the folder of validation images, where it is apart")
    sub.add_argument("-o", "--output", type=typed, help="write manifest.csv and audit.html here")
    sub.add_argument("--deep", action="store_true", help="also tell images that look mislabelled, "
                     f"by a frozen {DEFAULT}")  # fmt: skip
    sub.add_argument(
        "--weights",
        default="imagenet",
        type=typed_text,
        help="for --deep: imagenet or a weight file",
    )
    sub.add_argument("--alpha", type=float, help=f"for --deep: width of the {DEFAULT}")
    _output_format(sub)
    _redact(sub)

    sub = command(train, "train")
    _images(sub)
    sub.add_argument(
        "-o", "--output", type=typed, help="the run folder (default: runs/ and the time)"
    )
    sub.add_argument("--resume", action="store_true", help="continue the run whose folder is "
                     "given in place of images; a finished one with more --epochs, --patience or "
                     "--fine-tune")  # fmt: skip
    sub.add_argument("--probes", choices=("default", "all", "none"), default="default",
                     help="all also looks inside at some epochs: gradients, BatchNorm, silent "
                     "units, what the gap is made of")  # fmt: skip
    sub.add_argument("--devices", default="1", metavar="N", help="spread each batch over so many "
                     "devices, or all (KERAS_BACKEND=jax)")  # fmt: skip
    sub.add_argument("--deterministic", action="store_true", help="the same bits each time, slower")
    _settings(sub)
    _fail_on(sub)

    sub = command(run)
    sub.rest_is_given = True
    sub.add_argument("-o", "--output", type=typed, help="the run folder (default: runs/, the name "
                     "of the script and the time)")  # fmt: skip
    sub.add_argument("--limit", type=float, metavar="SECONDS", help="end the script after so long "
                     "(default: never)")  # fmt: skip
    sub.add_argument("--probes", choices=("default", "all", "none"), default="default",
                     help="none records what passes and nothing more; all also looks inside at "
                     "some epochs, as in train")  # fmt: skip
    sub.add_argument("--keras", choices=("auto", "2", "3"), default="auto", help="2 executes a "
                     "script of Keras 1 or 2, by tf_keras (default: by its text)")  # fmt: skip
    sub.add_argument("script", type=typed, help="a script or notebook that trains with Keras or "
                     "PyTorch; it is executed with all that it does")  # fmt: skip
    sub.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGUMENT",
                     help="given to the script as they are")  # fmt: skip

    sub = command(lr_find, "train")
    _images(sub)
    sub.add_argument("-o", "--output", type=typed, help="write the picture here, as SVG")
    _settings(sub)
    _output_format(sub)

    sub = command(preview, "train")
    _images(sub)
    sub.add_argument("-o", "--output", type=typed, default=Path("preview.png"),
                     help="write the picture here (default: preview.png)")  # fmt: skip
    _settings(sub)

    sub = command(evaluate, "train")
    sub.add_argument("run", type=typed, help="a finished run folder")
    sub.add_argument("images", type=typed, nargs="?", help="a folder of class folders (default: "
                     "the run's own test or validation images)")  # fmt: skip
    sub.add_argument("-o", "--output", type=typed, help="write a page with pictures here")
    _output_format(sub)

    sub = command(export, "train")
    sub.add_argument("run", type=typed, help="a finished run folder")
    sub.add_argument("--to", choices=("keras", "savedmodel", "onnx", "litert"), default="onnx")
    sub.add_argument("-o", "--output", type=typed, help="the file or folder to write")
    sub.add_argument("--images", type=typed, help="check on these (default: those it was trained "
                     "on)")  # fmt: skip
    _output_format(sub)

    sub = command(predict, "train")
    sub.add_argument("run", type=typed, help="a run folder with its model")
    sub.add_argument("images", type=typed, nargs="+", help="image files or folders of them")
    sub.add_argument("-o", "--output", type=typed, help="write the CSV here (default: print it)")
    sub.add_argument("--calibrated", action="store_true", help="divide scores by the temperature "
                     "that the run's evaluation found")  # fmt: skip
    sub.add_argument("--watch", type=float, nargs="?", const=0.0, metavar="SECONDS",
                     help="go on with images that come into the folders, for so long or until "
                     "interrupted")  # fmt: skip

    sub = command(prove, "train")
    sub.rest_behind = SCRIPTS
    sub.set_defaults(arguments=[])
    sub.add_argument("run", type=typed, help="a run folder of fitdoctor train, a recipe.toml, or a "
                     "script or notebook that trains with Keras: it is executed with all that it "
                     "does, and takes what follows it as its own arguments")  # fmt: skip
    sub.add_argument("--cause", help="default: the likeliest one, or the next that can be tested; "
                     "of a script up to three in turn until one is proven, or "
                     "outcome_depends_on_seed: what its seeds do")  # fmt: skip
    sub.add_argument("-o", "--output", type=typed, help="for a script: the run folder, in which a "
                     "proof goes on (default: runs/, its name and its contents)")  # fmt: skip
    sub.add_argument("--epochs", type=int, help="for a script: the most of each training, in both "
                     "arms")  # fmt: skip
    sub.add_argument("--budget", type=float, metavar="SECONDS", help="for a script: begin no "
                     "further trial after so long (default: never)")  # fmt: skip
    sub.add_argument("--limit", type=float, metavar="SECONDS", help="for a script: end an "
                     "execution after so long (default: ten times the first)")  # fmt: skip
    sub.add_argument(
        "--seeds",
        type=int,
        default=8,
        help="most pairs of trainings (default 8); judged at 5, 8, 12, 20, 32 ... pairs; a larger "
        "number later goes on where a smaller one stopped",
    )
    matters = "the smallest difference of validation accuracy that would matter"
    sub.add_argument("--delta", type=float, default=0.02, help=matters)
    _workers(sub)
    _output_format(sub)
    _redact(sub)

    sub = command(demo, "train")
    sub.add_argument("story", nargs="?", default="pixel", choices=STORIES, metavar="STORY",
                     help=f"one of {', '.join(STORIES)} (default pixel)")  # fmt: skip
    sub.add_argument("-o", "--output", type=typed, help="folder (default demo, or demo-STORY)")
    sub.add_argument("--seeds", type=int, help="the most trainings of each way")
    sub.add_argument("--medium", action="store_true", help="more images: up to 40 minutes")
    sub.add_argument("--full", action="store_true", help="as many images as were described: hours; "
                     "what is trained is kept, so it can be stopped and called again")  # fmt: skip
    sub.add_argument("--weights", type=typed, action="append", default=[], metavar="FILE",
                     help="a weight file, told by its name; again for another "
                     "(default: ImageNet's, downloaded)")  # fmt: skip
    sub.add_argument("--images", type=typed, metavar="FOLDER",
                     help="class folders of your own in place of drawn images")  # fmt: skip

    sub = command(recipe)
    sub.add_argument("words", nargs="*", metavar="WORD", help="only keys whose names hold a WORD")
    _output_format(sub)

    sub = command(explain)
    sub.add_argument("name", nargs="?", help="a rule's name or code, as a diagnosis shows it "
                     "(default: list the rules)")  # fmt: skip

    _output_format(command(env))

    sub = command(serve, "web")
    sub.add_argument("folder", type=typed, nargs="?", help="show the runs below it too: run "
                     "folders, logs, folders of events")  # fmt: skip
    sub.add_argument("--port", type=int, help="default: 8765, or any other where that is in use")
    sub.add_argument("--open", action="store_true", dest="open_browser",
                     help="also open the page in the browser")  # fmt: skip

    sub = command(mcp)
    sub.add_argument("--skill", action="store_true", help="print the text that teaches an agent to "
                     "use fitdoctor, and end")  # fmt: skip

    sub = command(completion)
    sub.add_argument("shell", choices=SHELLS, help="bash: source <(fitdoctor completion bash)")
    return whole


def _formats() -> str:
    from fitdoctor.sources import all_formats

    return f"formats: {', '.join(format.name for format in all_formats())}"


def _images(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "images",
        type=typed,
        help="a folder of class folders (or of train/val/test), a CSV of path,label[,split,group], "
        "an .npz of arrays x and y, or a recipe.toml",
    )


def _settings(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--backbone", help="a keras.applications name, or small_cnn "
                     f"(default: {DEFAULT}, with --weights none small_cnn)")  # fmt: skip
    sub.add_argument("--model", type=typed_text, metavar="FILE.py:FUNCTION", help="your own "
                     "function that returns a Keras model, in place of a backbone")  # fmt: skip
    sub.add_argument("--alpha", type=float, help=f"width, for {DEFAULT} and its kin")
    sub.add_argument("--weights", type=typed_text, help="imagenet, a weight file, or none: random "
                     "ones, from which small_cnn learns, or the whole of a --backbone")  # fmt: skip
    sub.add_argument("--image-size", type=int, help="pixels a side")
    sub.add_argument("--resize", choices=("stretch", "crop", "pad"), help="how an oblong image "
                     "becomes a square (default: stretch)")  # fmt: skip
    sub.add_argument("--epochs", type=int, help="the most; training stops earlier when "
                     "validation loss no longer improves")  # fmt: skip
    sub.add_argument("--batch-size", type=int, help="images a step")
    sub.add_argument("--learning-rate", type=float, help="of the optimizer (default: Adam)")
    sub.add_argument("--patience", type=int, help="epochs without a better validation figure "
                     "before it stops; 0 never stops early")  # fmt: skip
    sub.add_argument("--monitor", choices=("val_loss", "val_accuracy"), help="the figure that "
                     "patience watches (default: val_loss)")  # fmt: skip
    sub.add_argument("--augment", choices=("light", "standard", "none"), help="random changes of "
                     "training images (default: light where the backbone learns, "
                     "else none)")  # fmt: skip
    sub.add_argument("--fine-tune", type=int, nargs="?", const=10, metavar="EPOCHS",
                     help="first the head, then the whole backbone at a tenth of the rate, for at "
                     "most so many epochs (10 where not said)")  # fmt: skip
    sub.add_argument("--class-weights", choices=("balanced",), help="weigh images so that every "
                     "class counts alike")  # fmt: skip
    sub.add_argument("--validation-share", type=float, help="part of each class kept back")
    sub.add_argument("--group-pattern", metavar="REGEX", help="images whose names share its first "
                     "group (a speaker, a patient) stay on one side of the split")  # fmt: skip
    sub.add_argument("--seed", type=int, help="draws initial weights, order and split")


def _quiet(parser: argparse.ArgumentParser, *, default: Any) -> None:
    """Take -q before and after the command; the default is set once, before it."""
    parser.add_argument("-q", "--quiet", action="store_true", default=default,
                        help="print results and errors only, no progress")  # fmt: skip


def _output_format(parser: argparse.ArgumentParser, *more: str) -> None:
    parser.add_argument("--output-format", choices=("text", "json", *more), default="text")


def _workers(sub: argparse.ArgumentParser, when: str = "") -> None:
    sub.add_argument("--on", default="local", metavar="WHERE", help=f"{when}where trainings run: "
                     "local, slurm, or dask://HOST:PORT, a cluster that runs already (default: "
                     "local)")  # fmt: skip
    sub.add_argument("--jobs", type=int, metavar="N", help=f"{when}most trainings at a time "
                     "(default: by the machine or the cluster; 16 on Slurm)")  # fmt: skip
    sub.add_argument("--slurm", action="append", default=[], metavar="NAME=VALUE", help=f"{when}"
                     "an option of sbatch (partition=gpu, gres=gpu:1, account=lab, requeue); again "
                     "for further ones")  # fmt: skip


def _chosen(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--select", default="", help="codes or names, by commas; beginnings count")
    sub.add_argument("--ignore", default="", help="codes or names to leave out, by commas")


def _html(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--html", type=typed, help="also write the report with its figures here")


def _redact(sub: argparse.ArgumentParser) -> None:
    words = "take paths, names of users and machines, addresses and keys out of what is printed"
    sub.add_argument("--redact", action="store_true", help=words)


def _fail_on(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fail-on", choices=SEVERITIES, default="warning",
                        help="least severity for exit status 1")  # fmt: skip
