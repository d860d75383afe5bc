"""The menu of a box on the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from app.canvas.view import PictureView


def box_menu(view: PictureView, number: int | None) -> QMenu:
    """What can be done with a box (None: with no box in particular); the menu deletes itself."""
    menu = QMenu(view)
    menu.aboutToHide.connect(menu.deleteLater)
    menu.setAccessibleName("Box")
    if view.editing.active:
        _add_editing(menu, view, number)
        return menu
    if number is not None:
        label = view.boxes[number].label
        menu.addAction(f"Ask about “{label}”\tEnter", lambda: view.ask_about(number))
        menu.addAction("Hide this box\tDel", lambda: view.hide_box(number))
        menu.addAction("Show only this box\tSpace", lambda: view.isolate_box(number))
        menu.addSeparator()
    everything = menu.addAction("Show all boxes\tShift+Del", view.show_all_boxes)
    everything.setEnabled(len(view.visible_boxes) < len(view.boxes))
    if view.region.box is None:
        menu.addAction("Draw a region\tCtrl+R", lambda: view.region.set_drawing(True))
    else:
        menu.addAction("Remove the region\tEsc", lambda: view.region.set_box(None))
    return menu


def _add_editing(menu: QMenu, view: PictureView, number: int | None) -> None:
    """What can be done with a box while its answer is corrected."""
    editing = view.editing
    number = editing.number if number is None else number
    if number is not None:
        menu.addAction("Move or size this box", lambda: editing.pick(number))
        menu.addAction("Remove this box\tDel", lambda: editing.remove(number))
    menu.addAction("Draw a box\tCtrl+R", editing.draw)
