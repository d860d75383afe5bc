"""The voices that speak to the model: free synthesizers, many speakers each.

Those of evaluation are speakers that never occur in training: neither the voice nor, where two
synthesizers were made from one person's recordings, its sibling.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Synthesizer = Literal["espeak-ng", "flite", "festival"]


@dataclass(frozen=True, slots=True)
class Voice:
    """A speaker by the name that the synthesizer has for it."""

    synthesizer: Synthesizer
    speaker: str

    @property
    def name(self) -> str:
        return f"{self.synthesizer}:{self.speaker}"

    @property
    def stand_in(self) -> Voice:
        """Who speaks instead, without a word about it, where the synthesizer lacks this one."""
        match self.synthesizer:
            case "espeak-ng":
                return Voice("espeak-ng", self.speaker.partition("+")[0])
            case "flite":
                return Voice("flite", "kal")
            case "festival":
                return Voice("festival", "kal_diphone")


# "en" is the British one; espeak-ng 1.51 says "en-gb+m5" as it says "en-gb", whatever the variant.
_ACCENTS = (
    "en", "en-us", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029",
    "en-us-nyc",
)  # fmt: skip
# espeak-ng's variants that sound like people; `UniRobot` and its like are left out.
_VARIANTS = (
    "", "Alex", "Alicia", "Andy", "Annie", "Denis", "Diogo", "Gene", "Gene2", "Henrique", "Hugo",
    "Jacky", "Lee", "Marco", "Mario", "Mike", "Nguyen", "adam", "anika", "antonio", "aunty",
    "belinda", "benjamin", "boris", "david", "ed", "edward", "edward2", "f1", "f2", "f3", "f5",
    "grandma", "gustave", "iven", "iven2", "john", "kaukovalta", "klatt", "klatt2", "klatt3",
    "m1", "m2", "m3", "m4", "m6", "m7", "m8", "marcelo", "max", "michel", "miguel", "norbert",
    "pablo", "paul", "pedro", "quincy", "rob", "robert", "sandro", "shelby", "steph", "steph2",
    "travis", "zac",
)  # fmt: skip

ESPEAK_TRAIN = tuple(
    Voice("espeak-ng", f"{accent}+{variant}" if variant else accent)
    for accent in _ACCENTS
    for variant in _VARIANTS
)
RECORDED_TRAIN = (
    Voice("flite", "kal"),
    Voice("flite", "kal16"),
    Voice("flite", "awb"),
    Voice("flite", "rms"),
    Voice("festival", "ked_diphone"),
    Voice("festival", "kal_diphone"),
)
"""Made from recordings of people, unlike espeak-ng's."""

EVAL_VOICES = (
    Voice("flite", "slt"),
    Voice("festival", "cmu_us_slt_arctic_hts"),
    Voice("espeak-ng", "en+m5"),
    Voice("espeak-ng", "en-us+klatt4"),
    Voice("espeak-ng", "en+Michael"),
)
"""slt is made from a person's recordings: Whisper's own decoder has 0.06 to 0.12 of its words
wrong, and 0.28 to 0.51 of the others'.

f4, linda and Andrea are kept out of training, too, so that an adaptor can be chosen by voices that
it is not measured with.
"""
