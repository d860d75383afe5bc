"""Boxes in the form of COCO's object instances (https://cocodataset.org/#format-data)."""

from __future__ import annotations

from collections.abc import Sequence

from app.shown import ShownBox


def coco(name: str, width: int, height: int, boxes: Sequence[ShownBox]) -> dict[str, object]:
    """The document for one picture file of that name and size; each label is a category.

    Boxes are x, y, width, height in pixels of the picture as it is seen, EXIF applied.
    """
    labels = list(dict.fromkeys(shown.label for shown in boxes))
    annotations = []
    for number, shown in enumerate(boxes, start=1):
        box = shown.box
        x, y = round(box.x1 * width, 2), round(box.y1 * height, 2)
        wide, high = round((box.x2 - box.x1) * width, 2), round((box.y2 - box.y1) * height, 2)
        annotations.append(
            {
                "id": number,
                "image_id": 1,
                "category_id": labels.index(shown.label) + 1,
                "bbox": [x, y, wide, high],
                "area": round(wide * high, 2),
                "segmentation": [],
                "iscrowd": 0,
            }
        )
    return {
        "info": {"description": "Boxes from Sightline"},
        "images": [{"id": 1, "file_name": name, "width": width, "height": height}],
        "annotations": annotations,
        "categories": [
            {"id": number, "name": label, "supercategory": ""}
            for number, label in enumerate(labels, start=1)
        ],
    }
