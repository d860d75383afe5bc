"""The states of the models dialog and of what belongs to it, for the pictures of the window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.engine_bridge import EngineBridge
from app.models.dialog import ModelsDialog
from app.models.dropped import Brought
from app.models.import_sheet import ImportSheet
from app.models.job import Phase, State, check, file_import, installation
from app.models.jobs import Jobs
from app.models.offer import ask_to_remove, offer_model
from app.models.reader import Reader
from app.settings.store import SettingsStore
from engine.catalogue import Catalogue, Offer, entries
from engine.hub.progress import Progress
from engine.inventory import Gpu, Inventory, Measured, ModelFacts
from engine.prompt.tasks import TASKS

MODELS = tuple(
    ModelFacts(
        path=Path(f"/models/{name}"),
        default=number == 0,
        name=name,
        version="2",
        licence="Apache-2.0",
        size=size,
        languages=("en",),
        tasks=tuple(task for task in TASKS if task != "transcribe"),
        context=4096,
        weights=size,
        encoders=30_000_000,
        cache=23_000 * (number * 40 + 1),
        measured=(Measured("refer", "scenes", "IoU 0.5", 0.67, 100),) if number == 0 else (),
    )
    for number, (name, size) in enumerate(
        {"sightline-mini": 170_000_000, "sightline-large": 4_100_000_000}.items()
    )
)
INVENTORY = Inventory(MODELS, 16_000_000_000, (Gpu("A card", 3_500_000_000, 8_000_000_000),))
CATALOGUE = Catalogue(
    tuple(
        Offer(
            name=name,
            entry=entry,
            size=entry.size,
            memory=entry.memory,
            installed=Path("/models/whisper-small") if name == "whisper-small" else None,
            kept=900_000_000 if name == "qwen3-vl-2b" else 0,
        )
        for name, entry in entries().items()
    ),
    "huggingface.co",
)


class _Known(Reader):
    """Has found out already."""

    def __init__(self, there: object) -> None:
        super().__init__(type(there), (), broken="")
        self._there = there

    def ask(self) -> None:
        self.found.emit(self._there)


class _PlayedJobs(Jobs):
    """Are as far as they are told to be."""

    def show(self) -> None:
        """One of each kind, and each at another point."""
        failed = "The disk holds 1.2 GB and 6.2 GB are needed; free 5.0 GB, or install another."
        working = Progress(
            stage="download",
            file="Qwen3VL-4B-Instruct-Q4_K_M.gguf",
            done=1_400_000_000,
            total=3_333_461_920,
            rate=12_400_000,
            left_s=160,
        )
        imported = file_import(Path("/home/me/Downloads/gemma-3-4b-it-Q4_K_M.gguf"), None)
        for job, state in (
            (imported, State(phase=Phase.RUNNING)),
            (check(MODELS[0]), State(phase=Phase.DONE)),
            (installation("qwen3-vl-4b", "Qwen3-VL 4B"), State(phase=Phase.RUNNING, step=working)),
            (
                installation("smolvlm2-500m", "SmolVLM2 500M"),
                State(phase=Phase.WAITING, before="Qwen3-VL 4B"),
            ),
            (installation("qwen3-vl-8b", "Qwen3-VL 8B"), State(phase=Phase.FAILED, error=failed)),
            (installation("qwen3-vl-2b", "Qwen3-VL 2B"), State(phase=Phase.STOPPED)),
        ):
            self._change(job, state)


def model_states(
    store: SettingsStore, bridge: EngineBridge, window: QWidget, folder: Path
) -> Iterator[tuple[str, QWidget]]:
    """Each by its name, as long as the next is not asked for."""
    jobs = _PlayedJobs(window)
    dialog = ModelsDialog(
        store, bridge, window, reader=_Known(INVENTORY), offers=_Known(CATALOGUE), jobs=jobs
    )
    dialog.open_beside()
    yield "models", dialog
    jobs.show()
    dialog.installed.show_inventory(INVENTORY)
    yield "models-busy", dialog
    store.change(downloads="never")
    yield "models-offline", dialog
    store.change(downloads="asked")
    dialog.close()
    files = [folder / name for name in ("gemma-3-4b-it-Q4_K_M.gguf", "mmproj-model-f16.gguf")]
    for file in files:
        file.write_bytes(b"GGUF")
    sheet = ImportSheet(Brought((files[0],), (files[1],)), window)
    sheet.open_beside()
    yield "import", sheet
    sheet.close()
    large = MODELS[1]
    offer = offer_model(large.path, store, window, keep=lambda: None)
    yield "offer", offer
    offer.close()
    removal = ask_to_remove(large.name, large.path, window, used=True, remove=lambda: None)
    yield "removal", removal
    removal.close()
