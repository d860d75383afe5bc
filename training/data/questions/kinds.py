"""Names that are also true of a thing, or that a person might give it: a taxi is a car."""

from __future__ import annotations

# What a thing may also be called. A person who asks for "a car" is content with a taxi, so such a
# name neither singles out another thing nor is it absent.
_KINDS = {
    "car": "taxi, police car, race car, ambulance",
    "truck": "fire truck, semi truck",
    "train": "steam train",
    "boat": "sailboat, canoe, speedboat, passenger ship",
    "bird": "turkey, chicken, rooster, chick, penguin, dove, eagle, duck, swan, owl, flamingo, "
    "peacock, parrot",
    "dog": "poodle, wolf",
    "cat": "lion, tiger, leopard",
    "bear": "koala, panda, teddy bear",
    "pig": "boar",
    "sheep": "ram, goat",
    "cow": "ox",
    "mouse": "rat, hamster, computer mouse",
    "rat": "mouse, hamster",
    "chicken": "rooster, chick, turkey, chicken leg",
    "rooster": "chicken",
    "fish": "tropical fish, blowfish, shark",
    "tree": "pine tree, palm tree, Christmas tree",
    "pine tree": "Christmas tree",
    "apple": "red apple, green apple",
    "phone": "telephone, cell phone",
    "telephone": "phone, cell phone",
    "camera": "movie camera, video camera",
    "movie camera": "video camera, camera",
    "video camera": "movie camera, camera",
    "glasses": "sunglasses, goggles",
    "sunglasses": "glasses, goggles",
    "goggles": "sunglasses, glasses",
    "shoe": "sneaker, boot, high heel, sandal, ice skate",
    "hat": "sun hat, top hat, cap, graduation cap, helmet",
    "cap": "graduation cap, helmet",
    "clock": "alarm clock, watch, stopwatch",
    "watch": "stopwatch",
    "stopwatch": "watch, alarm clock",
    "bag": "handbag, purse, backpack, suitcase, money bag, briefcase",
    "purse": "handbag",
    "handbag": "purse",
    "suitcase": "briefcase",
    "briefcase": "suitcase",
    "book": "stack of books, notebook",
    "stack of books": "book",
    "notebook": "book, folder",
    "house": "office building, castle, church",
    "television": "monitor, tv",
    "monitor": "television, tv",
    "tv": "television, monitor",
    "cake": "birthday cake, slice of cake, cupcake",
    "cup": "cup of coffee, cup with straw",
    "knife": "fork and knife, dagger",
    "dagger": "knife",
    "paintbrush": "paint palette",
    "pen": "pencil, crayon",
    "pencil": "pen, crayon",
    "ball": "soccer ball, baseball, basketball, volleyball, football, tennis ball, eight ball",
    "sports ball": "soccer ball, baseball, basketball, volleyball, football, tennis ball",
    "candle": "birthday cake",
    "gift": "package",
    "package": "gift",
    "couch": "chair",
    "chair": "couch",
    "coat": "dress, shirt",
    "dinosaur": "dragon, crocodile, lizard",
    "dragon": "dinosaur",
    "can": "barrel",
    "star": "sun",
}


def _also() -> dict[str, tuple[str, ...]]:
    """The table by the special name: "taxi" -> ("car",)."""
    also: dict[str, tuple[str, ...]] = {}
    for general, special in _KINDS.items():
        for name in special.split(", "):
            also[name] = (*also.get(name, ()), general)
    return also


ALSO = _also()
