"""Something that is done with a model of which there is no other card, as an import."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from app.models.job import Job
from app.models.job_view import JobView
from app.models.jobs import Jobs


class JobCard(QFrame):
    """Shows one job; lives on the GUI thread."""

    def __init__(self, job: Job, jobs: Jobs) -> None:
        super().__init__()
        self.job = job
        self.setProperty("kind", "model")
        self.setAccessibleName(job.name)
        self.progress = JobView(jobs)
        name = QLabel()
        name.setTextFormat(Qt.TextFormat.PlainText)
        name.setText(job.name)
        name.setProperty("kind", "title")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.addWidget(name)
        column.addWidget(self.progress)
