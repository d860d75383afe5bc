"""The dialogs that write a conversation to a file and read one back."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from app.store.conversations import Conversations
from app.store.exchange import read_json, write_json, write_markdown
from app.texts import marked, translate
from app.wording import chip_label

_MARKDOWN = marked("history", "Markdown with its pictures (*.md)")
_JSON = marked("history", "JSON, to read it back (*.json)")


def export(store: Conversations, number: int, parent: QWidget) -> None:
    """Let the person choose a file and write the conversation there. Raises StoreError."""
    conversation = store.load(number)
    suggested = "".join(c if c.isalnum() else " " for c in conversation.title)
    suggested = " ".join(suggested.split()) or translate("history", "conversation")
    as_json = translate("history", _JSON)
    name, chosen = QFileDialog.getSaveFileName(
        parent,
        translate("history", "Export the conversation"),
        f"{suggested}.md",
        f"{translate('history', _MARKDOWN)};;{as_json}",
    )
    if not name:
        return
    path = Path(name)
    if path.suffix == ".json" or (chosen == as_json and path.suffix != ".md"):
        write_json(conversation, store.attachments, path.with_suffix(".json"))
    else:
        markdown = path.with_suffix(".md")
        write_markdown(conversation, store.attachments, markdown, label=chip_label)


def bring_in(store: Conversations, parent: QWidget) -> int | None:
    """Let the person choose a file; gives the number of the conversation that it held.

    Raises StoreError.
    """
    title = translate("history", "Import a conversation")
    name, _ = QFileDialog.getOpenFileName(parent, title, "", translate("history", _JSON))
    if not name:
        return None
    return store.begin(read_json(Path(name), store.attachments))
