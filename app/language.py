"""The language that the window speaks: the translations of our own words and of Qt's."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from app import texts

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "translations"
# Some signs are written otherwise in Japan, whose fonts Linux may take where nobody says which.
HAN_FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei")


def speak(application: QApplication, chosen: str) -> None:
    """Speak a language from here on: "en", "zh_CN", or "system" for the one that suits there.

    The words of widgets that are there already stay as they are. Numbers and dates are written as
    the system does it, unless a language was chosen.
    """
    language = suited(QLocale.system().uiLanguages()) if chosen == "system" else chosen
    if chosen != "system":
        QLocale.setDefault(QLocale(language))
    of_qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for name, folder in (("qtbase", of_qt), ("sightline", str(FOLDER))):
        translator = QTranslator(application)
        if translator.load(f"{name}_{language}", folder):
            application.installTranslator(translator)
    texts.look_up = QCoreApplication.translate
    if language == "zh_CN" and sys.platform == "linux":
        font = application.font()
        font.setFamilies([*font.families(), *HAN_FONTS])
        application.setFont(font)


def suited(preferred: Sequence[str]) -> str:
    """The language of ours for a person who prefers these, the first most ("zh-CN", "de").

    Chinese is for those who read simplified characters, English for everybody else.
    """
    first = QLocale(preferred[0]) if preferred else QLocale.c()
    chinese = first.language() == QLocale.Language.Chinese
    simplified = first.script() == QLocale.Script.SimplifiedHanScript
    return "zh_CN" if chinese and simplified else "en"
