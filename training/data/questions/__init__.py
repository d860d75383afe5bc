"""Questions and answers about a labelled picture, for every task, in the words of people."""

from training.data.questions.catalogue import KINDS, make, measured, questions_for
from training.data.questions.question import Question, snap
from training.data.questions.telling import names_in

__all__ = ["KINDS", "Question", "make", "measured", "names_in", "questions_for", "snap"]
