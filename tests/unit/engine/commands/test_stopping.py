"""SIGTERM and Ctrl+C end what is done, and nothing else."""

from __future__ import annotations

import os
import signal

import pytest

from engine.commands.stopping import stoppable


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_both_end_it_and_all_is_as_before(sent: signal.Signals) -> None:
    before = signal.signal(sent, signal.SIG_IGN)
    try:
        with pytest.raises(KeyboardInterrupt), stoppable():
            os.kill(os.getpid(), sent)
        assert signal.getsignal(sent) is signal.SIG_IGN
    finally:
        signal.signal(sent, before)
