import io

import pytest

from jax_to_tfjs_demo.terminal import Progress
from jax_to_tfjs_demo.terminal.progress import duration
from jax_to_tfjs_demo.terminal.width import width
from tests.demo.terminal.screen import Screen, Terminal


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    return Terminal()


def test_a_terminal_shows_one_line_that_is_rewritten(terminal: Terminal, clock: Clock) -> None:
    with Progress("jax", stream=terminal, clock=clock) as bar:
        for fraction in (0, 0.25, 0.5):
            bar.update(fraction, f"epoch {1 + 2 * fraction:.0f}/2  loss 0.061")
            clock.now += 10
        shown = Screen.of(terminal.getvalue()).text
    assert shown == "jax  │████████████            │   50%  epoch 2/2  loss 0.061  20 s left"
    assert "\n" not in terminal.getvalue()


@pytest.mark.parametrize("ending", [None, KeyboardInterrupt, ValueError])
def test_the_bar_is_gone_however_the_work_ends(
    terminal: Terminal, clock: Clock, ending: type[BaseException] | None
) -> None:
    def work() -> None:
        with Progress("jax", stream=terminal, clock=clock) as bar:
            bar.update(0.5, "loss 0.061")
            if ending is not None:
                raise ending

    if ending is None:
        work()
    else:
        with pytest.raises(ending):
            work()
    assert Screen.of(terminal.getvalue()).text == ""


def test_a_line_of_a_terminal_is_cut_to_its_width(terminal: Terminal, clock: Clock) -> None:
    bar = Progress("정확도", stream=terminal, clock=clock)
    bar.update(0.5, "loss " * 40)
    shown = Screen.of(terminal.getvalue()).text
    assert width(shown) <= 79
    assert shown.endswith("…")


def test_frames_come_no_oftener_than_an_eye_sees(terminal: Terminal, clock: Clock) -> None:
    bar = Progress(stream=terminal, clock=clock)
    for step in range(1000):
        clock.now = step / 1000
        bar.update(step / 1000)
    assert terminal.getvalue().count("\r") <= 11


def test_a_file_gets_a_line_now_and_then(clock: Clock) -> None:
    plain = io.StringIO()
    with Progress("jax", stream=plain, clock=clock) as bar:
        for step in range(100):
            clock.now = step / 4
            bar.update(step / 100, f"loss {step}")
    assert plain.getvalue().splitlines() == [
        "jax  0%  loss 0",
        "jax  40%  loss 40  15 s left",
        "jax  80%  loss 80  5 s left",
    ]


def test_lines_said_meanwhile_stand_above_the_bar(terminal: Terminal, clock: Clock) -> None:
    bar = Progress("jax", stream=terminal, clock=clock)
    bar.print("before")
    bar.update(0.5)
    bar.print("epoch 1 done")
    bar.giving_way(lambda line: print(line, file=terminal))("saved")
    assert Screen.of(terminal.getvalue()).text.splitlines()[:3] == ["before", "epoch 1 done", "saved"]
    assert Screen.of(terminal.getvalue()).text.splitlines()[3].startswith("jax  │")


def test_what_an_earlier_run_did_does_not_count_for_the_time_left(clock: Clock) -> None:
    plain = io.StringIO()
    bar = Progress(stream=plain, clock=clock)
    bar.update(0.8)
    clock.now = 10
    bar.update(0.9)
    assert plain.getvalue().splitlines()[-1] == "90%  10 s left"


def test_the_time_left_is_of_the_file_that_is_coming(clock: Clock) -> None:
    plain = io.StringIO()
    bar = Progress(stream=plain, clock=clock)
    for now, fraction in ((0, 0.0), (100, 1.0), (110, 0.0), (130, 0.5)):
        clock.now = now
        bar.update(fraction)
    assert plain.getvalue().splitlines()[-1] == "50%  20 s left"


def test_a_stream_of_few_letters_gets_a_bar_of_those(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    bytes_written = io.BytesIO()
    stream = io.TextIOWrapper(bytes_written, encoding="ascii")
    monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    bar = Progress("정확도", stream=stream, clock=clock)
    bar.update(0.5)
    assert b"[############------------]" in bytes_written.getvalue()
    assert bytes_written.getvalue().startswith(b"\r\x1b[K???")


@pytest.mark.parametrize(("fraction", "shown"), [(-1, "0%"), (7, "100%")])
def test_a_fraction_outside_is_brought_inside(clock: Clock, fraction: float, shown: str) -> None:
    plain = io.StringIO()
    Progress(stream=plain, clock=clock).update(fraction)
    assert plain.getvalue() == f"{shown}\n"


@pytest.mark.parametrize(
    ("seconds", "read"), [(0.4, "0 s"), (48, "48 s"), (59.6, "1:00"), (185, "3:05"), (3760, "1:02:40")]
)
def test_a_time_is_read_at_a_glance(seconds: float, read: str) -> None:
    assert duration(seconds) == read
