"""The menu of a box on the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from app.texts import translate

if TYPE_CHECKING:
    from app.canvas.view import PictureView


def box_menu(view: PictureView, number: int | None) -> QMenu:
    """What can be done with a box (None: with no box in particular); the menu deletes itself."""
    menu = QMenu(view)
    menu.aboutToHide.connect(menu.deleteLater)
    menu.setAccessibleName(translate("canvas", "Box"))
    if view.editing.active:
        _add_editing(menu, view, number)
        return menu
    if number is not None:
        ask = translate("canvas", "Ask about “{label}”").format(label=view.boxes[number].label)
        hide, only = translate("canvas", "Hide this box"), translate("canvas", "Show only this box")
        menu.addAction(f"{ask}\tEnter", lambda: view.ask_about(number))
        menu.addAction(f"{hide}\tDel", lambda: view.hide_box(number))
        menu.addAction(f"{only}\tSpace", lambda: view.isolate_box(number))
        menu.addSeparator()
    all_boxes = translate("canvas", "Show all boxes")
    everything = menu.addAction(f"{all_boxes}\tShift+Del", view.show_all_boxes)
    everything.setEnabled(len(view.visible_boxes) < len(view.boxes))
    if view.region.box is None:
        draw = translate("canvas", "Draw a region")
        menu.addAction(f"{draw}\tCtrl+R", lambda: view.region.set_drawing(True))
    else:
        remove = translate("canvas", "Remove the region")
        menu.addAction(f"{remove}\tEsc", lambda: view.region.set_box(None))
    return menu


def _add_editing(menu: QMenu, view: PictureView, number: int | None) -> None:
    """What can be done with a box while its answer is corrected."""
    editing = view.editing
    number = editing.number if number is None else number
    if number is not None:
        menu.addAction(translate("canvas", "Move or size this box"), lambda: editing.pick(number))
        remove = translate("canvas", "Remove this box")
        menu.addAction(f"{remove}\tDel", lambda: editing.remove(number))
    draw = translate("canvas", "Draw a box")
    menu.addAction(f"{draw}\tCtrl+R", editing.draw)
