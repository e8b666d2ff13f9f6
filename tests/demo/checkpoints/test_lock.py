import subprocess
import sys

import pytest

from jax_to_tfjs_demo.checkpoints.lock import alone
from jax_to_tfjs_demo.errors import DemoError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows locks what is open by itself")
HOLDING = """
import sys
from pathlib import Path
from jax_to_tfjs_demo.checkpoints.lock import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_training_is_refused_until_the_first_has_ended(tmp_path):
    with alone(tmp_path), pytest.raises(DemoError, match="Another training is writing to"), alone(tmp_path):
        pass
    with alone(tmp_path):
        assert list(tmp_path.iterdir()) == []


def test_a_training_that_was_killed_holds_nothing(tmp_path):
    command = [sys.executable, "-c", HOLDING, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DemoError, match="Another training"), alone(tmp_path):
            pass
        holder.kill()
        holder.wait()
    with alone(tmp_path):
        pass
