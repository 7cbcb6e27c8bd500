"""What draws documents is a process of its own: it gives way to others, knows nothing of ours, and may be killed (rule P4)."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from core import pdf_process
from core.pdf_process import ROOT, Inside, NotDrawn, Order, TooBusyToDraw
from tests.core.papers import an_order, pages_of

PAGE = an_order("<html lang=en><title>Kept</title><p>Kept</p></html>")
ONE_THAT_ORDERS = """
from core import pdf_process
print(pdf_process.process_id(), flush=True)
input()
"""
ENDLESS = """
import sys
from multiprocessing import Pipe
from core import pdf_drawing

def endless(order):
    while True:
        pass

pdf_drawing.MOST_SECONDS, pdf_drawing.draw = 0.1, endless
ours, theirs = Pipe()
ours.send_bytes(sys.stdin.buffer.read())
pdf_drawing.serve(theirs)
"""


@pytest.fixture
def drawing():
    """The number of the process that draws."""
    return pdf_process.process_id()


def lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_it_gives_way_to_whoever_wants_the_core(drawing):
    pdf_process.draw(PAGE)

    assert os.getpriority(os.PRIO_PROCESS, drawing) == os.getpriority(os.PRIO_PROCESS, 0) + 10


def test_it_knows_no_secret_and_opens_no_database(drawing):
    pdf_process.draw(PAGE)

    known = dict(line.split("=", 1) for line in Path(f"/proc/{drawing}/environ").read_text().split("\0") if "=" in line)
    loaded = Path(f"/proc/{drawing}/maps").read_text()
    assert set(known) <= pdf_process.PASSED_ON | {"LC_CTYPE"}
    assert "pango" in loaded
    assert not [name for name in ("sqlite", "psycopg", "libpq") if name in loaded]


def test_an_order_and_what_became_of_it_come_over_as_they_are():
    inside = Inside(name="é.xml", content=b"\0\xff<x/>", description="Ö", metadata=b"\xfe")
    order = replace(PAGE, inside=inside, accent="#aa0000", files={"a.png": b"\x89PNG"})
    drawn = pdf_process.Drawn(number="1", content=b"%PDF\xff", refused="x", failed="y", errno=28, said=("z",))

    assert Order.read(order.written()) == order
    assert Order.read(order.written()).number == order.number
    assert pdf_process.Drawn.read(drawn.written()) == drawn


def test_killed_while_nobody_ordered_it_is_begun_anew(drawing):
    first = pdf_process.draw(PAGE)
    os.kill(drawing, signal.SIGKILL)

    assert pdf_process.draw(PAGE) == first
    assert pdf_process.process_id() != drawing


def test_killed_with_an_order_in_its_hands_the_order_is_given_to_another(drawing):
    first = pdf_process.draw(PAGE)
    os.kill(drawing, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        again = pool.submit(pdf_process.draw, PAGE)
        time.sleep(0.2)
        assert not again.done()

        os.kill(drawing, signal.SIGKILL)

        assert again.result() == first


def test_asked_to_end_it_first_draws_what_was_ordered(drawing):
    os.kill(drawing, signal.SIGTERM)
    os.kill(drawing, signal.SIGINT)

    assert pages_of(pdf_process.draw(PAGE))[0] == "Kept"
    assert pdf_process.process_id() == drawing


def test_what_takes_too_long_is_given_up_and_not_tried_again(drawing):
    os.kill(drawing, signal.SIGPROF)  # what its timer sends

    with pytest.raises(NotDrawn, match="120 seconds of a core"):
        pdf_process.draw(PAGE)
    assert pdf_process.draw(PAGE)


def test_the_timer_ends_it_whatever_it_is_at():
    ended = subprocess.run([sys.executable, "-c", ENDLESS], input=PAGE.written(), cwd=ROOT, check=False)

    assert ended.returncode == -signal.SIGPROF


def test_who_leaves_without_the_answer_leaves_it_to_nobody(drawing):
    class TimeIsUp(BaseException):
        """As a job's that is told to end."""

    def leave(_signal, _frame):
        raise TimeIsUp

    ours, theirs = (replace(PAGE, html=f"<html lang=en><title>Kept</title><p>{whose}</p></html>") for whose in ("Acme", "Borealis"))
    os.kill(drawing, signal.SIGSTOP)
    before = signal.signal(signal.SIGUSR1, leave)
    leaving = threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGUSR1])
    leaving.start()
    try:
        with pytest.raises(TimeIsUp):
            pdf_process.draw(ours)
    finally:
        signal.signal(signal.SIGUSR1, before)

    assert not lives(drawing)
    assert [pages_of(pdf_process.draw(order))[0] for order in (theirs, ours)] == ["Borealis", "Acme"]


def test_an_answer_to_another_order_is_given_to_nobody(drawing):
    (desk,) = pdf_process._desks.values()
    desk.drawing.orders.send_bytes(replace(PAGE, number="of somebody else").written())

    with pytest.raises(NotDrawn, match="another order"):
        pdf_process.draw(PAGE)

    assert pages_of(pdf_process.draw(PAGE))[0] == "Kept"
    assert not lives(drawing)


@pytest.mark.parametrize("length", [0, 4_000_000])  # the second does not even go in
def test_one_that_gets_no_core_is_ended_and_may_be_asked_for_again(drawing, monkeypatch, length):
    monkeypatch.setattr(pdf_process, "MOST_SECONDS_BY_THE_CLOCK", 0.2)
    os.kill(drawing, signal.SIGSTOP)

    with pytest.raises(TooBusyToDraw):
        pdf_process.draw(replace(PAGE, html=PAGE.html + length * " "))

    monkeypatch.undo()
    assert pdf_process.draw(PAGE)
    assert not lives(drawing)


def test_who_waits_for_others_too_long_is_told(drawing, monkeypatch):
    monkeypatch.setattr(pdf_process, "WAITS_SECONDS", 0.1)
    (desk,) = pdf_process._desks.values()

    with desk.lock, ThreadPoolExecutor(1) as pool, pytest.raises(TooBusyToDraw, match=r"0\.1 seconds"):
        pool.submit(pdf_process.draw, PAGE).result()

    assert pdf_process.draw(PAGE)


def test_few_wait_and_whoever_comes_then_is_told_at_once(drawing):
    (desk,) = pdf_process._desks.values()
    many = pdf_process.MOST_WAITING + 1
    os.kill(drawing, signal.SIGSTOP)
    with ThreadPoolExecutor(many) as pool:
        ordered = [pool.submit(pdf_process.draw, PAGE) for _ in range(many)]
        while len(desk.waiting) < many:
            time.sleep(0.01)

        with pytest.raises(TooBusyToDraw, match="4 wait"):
            pdf_process.draw(PAGE)

        os.kill(drawing, signal.SIGCONT)
        assert len({order.result() for order in ordered}) == 1
    assert not desk.waiting


def test_an_order_that_cannot_be_read_is_told_and_the_next_is_drawn(drawing):
    (desk,) = pdf_process._desks.values()
    answered = pdf_process.Drawn.read(desk.drawing.draw(b'{"html": "of another release"}', until=time.monotonic() + 60))

    assert (answered.content, answered.number) == (b"", "")
    assert answered.failed
    assert pdf_process.draw(PAGE)
    assert pdf_process.process_id() == drawing


def test_one_that_cannot_be_begun_is_told(monkeypatch):
    pdf_process.end()
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with pytest.raises(NotDrawn, match="ended with 1"):
        pdf_process.draw(PAGE)

    monkeypatch.undo()
    assert pdf_process.draw(PAGE)


def test_what_the_library_cannot_draw_is_told_and_the_next_is_drawn(drawing):
    with pytest.raises(NotDrawn, match="pdf/nothing"):
        pdf_process.draw(replace(PAGE, variant="pdf/nothing"))

    assert pdf_process.draw(PAGE)
    assert pdf_process.process_id() == drawing


def test_a_machine_that_fails_is_told_as_such(tmp_path):
    with pytest.raises(OSError, match="No such file") as failure:
        pdf_process.draw(replace(PAGE, folder=tmp_path))

    assert failure.value.errno == 2


def test_it_ends_with_whoever_ordered_however_that_ends():
    ordering = subprocess.Popen([sys.executable, "-c", ONE_THAT_ORDERS], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with ordering:
        drawing = int(ordering.stdout.readline())
        assert lives(drawing)

        ordering.kill()

    while lives(drawing):
        time.sleep(0.01)


def test_a_forked_process_has_its_own_and_leaves_ours_alone(drawing):
    reading, writing = os.pipe()
    forked = os.fork()
    if not forked:
        try:
            os.write(writing, f"{pdf_process.process_id()}".encode())
            pdf_process.end()
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as said:
        theirs = int(said.read())
    os.waitpid(forked, 0)

    assert theirs != drawing
    assert not lives(theirs)
    assert pdf_process.draw(PAGE)
    assert pdf_process.process_id() == drawing
