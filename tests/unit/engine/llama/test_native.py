from __future__ import annotations

import gc
import logging

import pytest
from llama_cpp import llama_cpp as api

from engine.llama import native


def test_a_line_told_in_pieces_is_one_record(caplog: pytest.LogCaptureFixture) -> None:
    joiner = native._LogJoiner()
    with caplog.at_level(logging.DEBUG, logger="engine.llama.native"):
        joiner(4, b"tensor 'a' ", None)
        joiner(5, b"is cut ", None)
        joiner(5, b"off\n", None)
        joiner(2, b"loading\n", None)
    assert [(record.levelno, record.message) for record in caplog.records] == [
        (logging.INFO, "tensor 'a' is cut off"),
        (logging.DEBUG, "loading"),
    ]
    assert native.complaints() == "tensor 'a' is cut off"
    assert native.complaints() == ""


def test_a_line_that_is_no_text_does_not_raise() -> None:
    native._LogJoiner()(4, b"\xff\xfe\n", None)
    assert native.complaints() == "\ufffd\ufffd"


def test_the_callback_outlives_its_registration() -> None:
    native.start()
    gc.collect()
    assert api.llama_log_callback(native._log_callback)


@pytest.mark.parametrize(
    ("line", "memory"),
    [
        ("ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 99", True),
        ("CUDA error: out of memory", True),
        ("tensor 'output.weight' data is not within the file bounds", False),
        ("", False),
    ],
)
def test_what_speaks_of_memory(line: str, memory: bool) -> None:
    assert native.out_of_memory(line) is memory
