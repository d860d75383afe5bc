"""The command line, `sightline`: results on standard output, progress and logs on standard error.

Exit codes: 0 fine, 1 a request failed, 2 wrong usage, 3 the bundle can't be used. Nothing heavy is
imported before it is needed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.commands.ask import Load, ask, ask_batch
from engine.errors import BundleError, EngineError, ResourceError
from engine.program import is_packaged, own_command

if TYPE_CHECKING:
    from engine.host import Answering

COMMANDS = ("ask", "models", "bench")
FAILED, NO_BUNDLE = 1, 3  # and 2, wrong usage, which is argparse's


def load_engine(bundle: Path | None) -> Answering:
    """The engine of the bundle, in this process; None is the default bundle."""
    from engine import Engine
    from engine.bundle import default_bundle
    from engine.prompt.tasks import own_tasks

    return Engine.load(bundle or default_bundle(), tasks=own_tasks())


def main(arguments: Sequence[str] | None = None, *, load: Load = load_engine) -> int:
    """Runs a command and gives its exit code; `load` is how it gets an engine."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = _parser()
    files = _files(parser, words)
    options = argparse.Namespace(command=None) if files else parser.parse_args(words)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        return _open_window(files) if options.command is None else _run(parser, options, load)
    except (BundleError, ResourceError) as error:
        return _complain(error, NO_BUNDLE)
    except EngineError as error:
        return _complain(error, FAILED)
    except BrokenPipeError:
        # Whoever read the output has gone; Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return _complain("Stopped.", FAILED)


def _run(parser: argparse.ArgumentParser, options: argparse.Namespace, load: Load) -> int:
    match options.command:
        case "ask":
            return _ask(parser, options, load)
        case "models":
            from engine.commands import hub, importing, models

            run = {
                "catalogue": hub.show_catalogue,
                "install": hub.install_model,
                "remove": hub.remove_model,
                "list": models.list_models,
                "info": models.show_model,
                "verify": models.verify_model,
                "import": importing.import_model,
            }
            return run[options.action](options)
        case _:
            return _bench(options)


def _ask(parser: argparse.ArgumentParser, options: argparse.Namespace, load: Load) -> int:
    if options.whisper is not None:
        from engine.shelf import find_whisper

        # As if it stood in the environment, which is that of this one process.
        os.environ["SIGHTLINE_WHISPER"] = str(find_whisper(options.whisper))
    if options.batch is None:
        if options.save is not None and not options.image:
            parser.error("--save draws on a picture: give one with --image")
        return ask(options, load)
    alone = {
        "--image": options.image, "--audio": options.audio, "--region": options.region,
        "--json": options.json, "--save": options.save, "PROMPT": options.prompt,
        "--task": options.task != "chat",
    }  # fmt: skip
    for name, given in alone.items():
        if given:
            parser.error(f"{name} and --batch exclude each other: each line says what it asks")
    return ask_batch(options, load)


def _bench(options: argparse.Namespace) -> int:
    if is_packaged():
        raise EngineError("A package has no Python to compare with; `make bench` in a checkout.")
    from engine.bench import run, run_window
    from engine.bundle import default_bundle

    measure = run_window if options.window else run
    print(json.dumps(measure(options.bundle or default_bundle()), indent=1))
    return 0


def _files(parser: argparse.ArgumentParser, words: Sequence[str]) -> list[str]:
    """The files that the window is to open: the words, unless a command or an option is first."""
    if not words or words[0].startswith("-") or words[0] in COMMANDS:
        return []
    for word in words:
        if not Path(word).exists():
            known = "" if len(words) > 1 else f", nor a command ({', '.join(COMMANDS)})"
            parser.error(f"there is no file {word}{known}")
    return list(words)


def _open_window(files: Sequence[str]) -> int:
    """The window in a process of its own: the engine knows nothing of it."""
    return subprocess.run([*own_command("app"), *files], check=False).returncode


def _complain(problem: object, code: int) -> int:
    print(problem, file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sightline",
        usage="sightline [FILE]... | sightline COMMAND ...",
        description="Look at pictures with a model on this machine. Without a command: the window, "
        "with the pictures FILE; one that is open already gets them.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", prog="sightline")
    _add_ask(commands.add_parser("ask", help="ask a question, or a batch of them"))
    models = commands.add_parser("models", help="the models of this machine")
    actions = models.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="which there are")
    listing.add_argument("--json", action="store_true", help="with what each takes, as JSON")
    _add_hub(actions)
    for name, purpose in (
        ("info", "what is in a model"),
        ("verify", "check every byte of a model"),
    ):
        action = actions.add_parser(name, help=purpose)
        action.add_argument(
            "model", nargs="?", help="its name or folder (default: the default one)"
        )
    _add_import(actions.add_parser("import", help="make a model of files on this machine"))
    bench = commands.add_parser("bench", help="how fast it is here, as one JSON object")
    bench.add_argument("--bundle", type=Path, metavar="DIR", help="the model's folder")
    bench.add_argument("--window", action="store_true", help="how fast the window is, instead")
    return parser


def _add_hub(actions: Any) -> None:
    catalogue = actions.add_parser("catalogue", help="which can be installed by name")
    catalogue.add_argument("--json", action="store_true", help="all that is known, as JSON")
    install = actions.add_parser("install", help="get a model from the hub")
    add = install.add_argument
    add("model", metavar="NAME", help="of the catalogue, or owner/name[:FILE.gguf or :Q4_K_M]")
    add("--json", action="store_true", help="tell how far it is, a JSON object a line")
    add("--offline", action="store_true", help="never use the network")
    remove = actions.add_parser("remove", help="delete a model, or what was downloaded of one")
    remove.add_argument("model", metavar="NAME", help="its name in the models folder")
    remove.add_argument("--yes", action="store_true", help="don't ask")


def _add_ask(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--bundle", type=Path, metavar="DIR", help="the model's folder (default: the bundled one)")
    add("--whisper", metavar="NAME", help="what writes speech down for a model without ears")
    add("--image", type=Path, metavar="FILE", action="append", default=[], help="a picture")
    add("--audio", type=Path, metavar="FILE", action="append", default=[], help="a recording")
    add("--task", metavar="ID", default="chat", help="vqa, caption, grounding, refer, ...")
    add(
        "--region",
        type=_region,
        metavar="x1,y1,x2,y2",
        help="a region of the last picture, each number from 0 to 1 of its width or height",
    )
    add("--json", action="store_true", help="the whole answer as one JSON object")
    add("--save", type=Path, metavar="FILE.png", help="save the picture with the boxes drawn on it")
    add(
        "--batch",
        type=_batch,
        metavar="FILE",
        help="one JSON request a line; - reads them piped in",
    )
    add("prompt", nargs="?", default="", metavar="PROMPT", help="the question")


def _add_import(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--gguf", type=Path, metavar="FILE", help="the language model")
    add("--mmproj", type=Path, metavar="FILE", help="its eyes and ears, llama.cpp's mmproj file")
    add("--name", metavar="NAME", help="what to call it (default: as the file says)")
    add("--json", action="store_true", help="where it is then, as one JSON object")
    add("path", nargs="?", type=Path, metavar="PATH", help="a bundle, a folder of GGUFs or a GGUF")


def _region(text: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(number) for number in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != 4:
        raise argparse.ArgumentTypeError(f"{text} is not four numbers such as 0.1,0.2,0.5,0.9")
    return numbers


def _batch(text: str) -> Path:
    path = Path(text)
    if text != "-" and not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return path


if __name__ == "__main__":
    sys.exit(main())
