"""The limits on modules and functions."""

from __future__ import annotations

from pathlib import Path

from tests.support.scripts import load_script

check_sizes = load_script("packaging/check_sizes.py")


def test_a_module_and_a_function_at_their_limits_are_fine(tmp_path: Path) -> None:
    module = tmp_path / "fine.py"
    function = ["def long():"] + ["    pass"] * 49
    module.write_text("\n".join(function + ["x = 1"] * 350))
    assert list(check_sizes.too_long(module)) == []


def test_one_line_more_is_named(tmp_path: Path) -> None:
    module = tmp_path / "long.py"
    function = ["x = 1", "def long():"] + ["    pass"] * 50
    module.write_text("\n".join(function + ["x = 1"] * 349))
    assert list(check_sizes.too_long(module)) == [
        f"{module}: 401 lines (at most 400)",
        f"{module}:2: long has 51 lines (at most 50)",
    ]
