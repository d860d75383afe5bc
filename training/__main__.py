"""`python -m training <command> [CONFIG] [key=value ...]`: a row a command."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.errors import EngineError
from training.config import load_config
from training.errors import TrainingError

# command: (module, function, configuration, what it does)
COMMANDS: dict[str, tuple[str, str, str, str]] = {
    "eyes": ("training.eyes", "train_dense", "training.steps.dense:DenseConfig",
             "train the vision encoder and its region head"),
    "align": ("training.stages", "train_align", "training.steps.align:AlignConfig",
              "align the projector with the language model's embeddings"),
    "stage": ("training.stages", "train_joint", "training.steps.joint:JointConfig",
              "train a joint stage: projector and LoRA"),
    "answers": ("training.answers", "write_answers", "training.answers:AnswersConfig",
                "let the base model answer plain questions"),
    "plot": ("training.stages", "plot", "training.stages:PlotConfig", "draw the losses of a run"),
    "export": ("training.convert.export", "main", "training.convert.export:ExportConfig",
               "a run's weights -> an edition in half precision"),
    "restore": ("training.convert.restore", "main", "training.convert.restore:RestoreConfig",
                "an edition's weights -> runs to go on from"),
    "build": ("training.convert.bundle", "main", "training.convert.bundle:BuildConfig",
              "an edition -> a bundle: merged, quantized, hashed"),
    "verify": ("training.convert.verify", "main", "training.convert.verify:VerifyConfig",
               "compare PyTorch with the engine"),
    "speech": ("training.convert.speech", "main", "training.convert.speech:SpeechConfig",
               "Whisper tiny.en from its wheel, in transformers' form"),
    "evaluate": ("training.evaluate.run", "main", "training.evaluate.run:EvaluateConfig",
                 "measure a bundle on every benchmark"),
    "quantizations": ("training.evaluate.quantizations", "main",
                      "training.evaluate.quantizations:QuantizationsConfig",
                      "compare the quantizations of an edition: size, speed, figures"),
    "pack": ("training.pack", "main_pack", "training.pack:PackConfig",
             "a run as archives, to go on on another machine"),
    "unpack": ("training.pack", "main_unpack", "training.pack:UnpackConfig",
               "archives back into a run"),
    "frames": ("training.data.speech.making", "main", "training.data.speech.making:FramesConfig",
               "let voices say sentences and keep what the speech encoder hears"),
    "listen": ("training.ears", "train_listen", "training.steps.listen:ListenConfig",
               "teach an adaptor to find words, by CTC"),
    "tell": ("training.telling", "train_tell", "training.steps.tell:TellConfig",
             "teach Whisper's decoder to tell the language model's words"),
    "sprites": ("training.data.sprites", "main", "training.data.sprites:SpritesConfig",
                "make a sprite pack from a font or a folder of SVG files"),
}  # fmt: skip

# Those with a command line of their own: the module whose `main` takes the words, what it does.
OTHERS = {
    "parts": ("training.parts", "fetch, list or verify the pretrained parts"),
    "convert": ("training.convert.published", "a published checkpoint -> a bundle; see --help"),
}


def main(words: Sequence[str]) -> int:
    """Run a command; 0 fine, 1 it failed with a sentence, 2 wrong usage."""
    if not words or words[0] in ("-h", "--help"):
        print(_usage())
        return 0 if words else 2
    command, rest = words[0], list(words[1:])
    try:
        if command in OTHERS:
            importlib.import_module(OTHERS[command][0]).main(rest)
            return 0
        if command not in COMMANDS:
            print(f"training: there is no command {command!r}\n{_usage()}", file=sys.stderr)
            return 2
        module, function, config, _ = COMMANDS[command]
        place, name = config.split(":")
        kind = getattr(importlib.import_module(place), name)
        path = Path(rest.pop(0)) if rest and "=" not in rest[0] else None
        getattr(importlib.import_module(module), function)(load_config(kind, path, rest))
    except (TrainingError, EngineError) as error:
        print(f"training: {error}", file=sys.stderr)
        return 1
    return 0


def _usage() -> str:
    rows = (f"  {name:9} {what}" for name, (*_, what) in {**OTHERS, **COMMANDS}.items())
    return "\n".join(("python -m training <command> [CONFIG.yaml] [key=value ...]", *rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
