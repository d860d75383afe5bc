"""Joins the kept conversations with the one that is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Qt

from app.canvas.stage import Stage
from app.chat.panel import ChatPanel
from app.chat.recorder import Recorder
from app.history.keeper import Keeper
from app.history.sidebar import Sidebar
from app.store.archive import Archive
from app.store.conversations import Conversations
from app.store.errors import StoreError
from app.texts import translate
from engine.prompt.tasks import Task


class History(QObject):
    """Opens, renames and deletes conversations for the person; lives on the GUI thread."""

    def __init__(
        self,
        archive: Archive,
        recorder: Recorder,
        sidebar: Sidebar,
        *,
        stage: Stage,
        chat: ChatPanel,
        tasks: Mapping[str, Task],
    ) -> None:
        super().__init__()
        self._archive = archive
        self._recorder = recorder
        self._stage = stage
        self._strip = stage.strip
        self._chat = chat
        self._tasks = tasks
        self._deleted: int | None = None
        self._list = sidebar.conversations
        self.sidebar = sidebar
        keeper = Keeper(archive.attachments, self)
        keeper.kept.connect(recorder.picture_kept)
        stage.picture_shown.connect(keeper.keep)
        for failed in (keeper.failed, self._list.failed):
            failed.connect(self.sidebar.say)
        recorder.failed = self.sidebar.say
        recorder.changed = self.refresh
        self._list.renamed.connect(self._rename)
        self.sidebar.opened.connect(self.open)
        self.sidebar.deleted.connect(self._delete)
        self.sidebar.begun.connect(chat.controller.clear)
        self.sidebar.exported.connect(self._export)
        self.sidebar.imported.connect(self._bring_in)
        self.sidebar.toast.undone.connect(self._undelete)
        self.sidebar.toast.over.connect(self._purge)
        chat.replaced.connect(self._replaced)

    def start(self) -> None:
        """List the conversations."""
        self.sidebar.complete()
        self.refresh()
        self._try(lambda store: self.sidebar.say(store.notice, standing=True))

    def resume(self) -> bool:
        """Go on with the conversation that was used last; whether there is one."""

        def open_latest(store: Conversations) -> None:
            latest = store.latest()
            if latest is not None:
                self.open(latest)

        self._try(open_latest)
        return self._recorder.number is not None

    def close(self) -> None:
        """Finish what was begun; nothing is kept from here on until something is used again."""
        self.sidebar.toast.finish()
        self._archive.close()

    def seek(self) -> None:
        """Bring the person to the search."""
        self.sidebar.show()
        self.sidebar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.sidebar.search.selectAll()

    def toggle(self) -> None:
        """Hide the sidebar, or show it again."""
        self.sidebar.setVisible(self.sidebar.isHidden())

    def export(self) -> None:
        """Write the conversation that is shown to a file that the person chooses."""
        if self._recorder.number is not None:
            self._export(self._recorder.number)

    def refresh(self) -> None:
        """Read the list anew."""
        self._list.reload()
        self._mark()

    def open(self, number: int) -> None:
        """Go on with a kept conversation."""
        if number != self._recorder.number:
            self._try(lambda _store: self._open(number))

    def _open(self, number: int) -> None:
        controller = self._chat.controller
        controller.stop()
        turns, leaf = self._recorder.open(number, self._tasks)
        self._strip.keep_only(None)
        for picture in dict.fromkeys(turn.picture for turn in turns if turn.picture):
            self._strip.add(picture)
        controller.load(turns, leaf)

    def _replaced(self) -> None:
        """Other turns are shown: a new conversation is about one picture, or none."""
        if not self._chat.controller.turns:
            self._strip.keep_only(self._stage.wanted)
        self._mark()

    def _mark(self) -> None:
        self.sidebar.mark(self._recorder.number)

    def _rename(self, number: int, title: str) -> None:
        self._try(lambda store: store.rename(number, title))
        self.refresh()

    def _delete(self, number: int, title: str) -> None:
        self.sidebar.toast.finish()
        if not self._try(lambda store: store.delete(number)):
            return
        self._deleted = number
        if number == self._recorder.number:
            self._chat.controller.clear()
        self.refresh()
        self.sidebar.toast.say(translate("history", "Deleted “{title}”.").format(title=title))

    def _undelete(self) -> None:
        number, self._deleted = self._deleted, None
        if number is not None:
            self._try(lambda store: store.restore(number))
            self.refresh()
            self.open(number)

    def _export(self, number: int) -> None:
        from app.history.exchange import export

        self._try(lambda store: export(store, number, self.sidebar))

    def _bring_in(self) -> None:
        from app.history.exchange import bring_in

        def bring(store: Conversations) -> None:
            number = bring_in(store, self.sidebar)
            if number is not None:
                self.refresh()
                self.open(number)

        self._try(bring)

    def _purge(self) -> None:
        self._deleted = None
        # What is still in the strip can be asked about again, and what was said may be sent yet.
        there = (*self._strip.paths, *self._chat.composer.clips.paths)
        seen = [self._recorder.name_of(path) for path in there]
        self._try(lambda store: store.purge(seen))

    def _try(self, act: Callable[[Conversations], None]) -> bool:
        """Whether it could be done; what could not is said."""
        try:
            act(self._archive.conversations)
        except StoreError as error:
            self.sidebar.say(str(error))
            return False
        return True
