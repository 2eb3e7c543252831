"""A real browser on the page of a real server, and digits to draw there."""

import contextlib
import math
import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# A name of this machine that browsers do not take for this machine.
OTHER_MACHINE = "edgedigit.test"
# Without most of these a browser asks its maker's servers all kinds of things.
FLAGS = [
    f"--host-resolver-rules=MAP {OTHER_MACHINE} 127.0.0.1",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
]


@contextlib.contextmanager
def chromium():
    """Debian's Chromium, or the same of another system; skips where it is missing."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright (dev extra)")
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def _arc(x, y, width, height, start, end):
    """Points on an ellipse; degrees clockwise from the right, since y goes down."""
    angles = [math.radians(start + (end - start) * i / 12) for i in range(13)]
    return [(x + width * math.cos(a), y + height * math.sin(a)) for a in angles]


# Strokes of each digit as people draw it, in a square of side 1.
DIGITS = {
    0: [_arc(0.5, 0.5, 0.2, 0.3, -80, 285)],
    1: [[(0.42, 0.3), (0.52, 0.2), (0.52, 0.8)]],
    2: [[*_arc(0.5, 0.36, 0.18, 0.16, -170, 30), (0.32, 0.78), (0.7, 0.78)]],
    3: [[*_arc(0.48, 0.35, 0.17, 0.15, -150, 90), *_arc(0.48, 0.65, 0.2, 0.15, -90, 150)]],
    4: [[(0.42, 0.2), (0.3, 0.56), (0.7, 0.56)], [(0.6, 0.36), (0.58, 0.82)]],
    5: [
        [(0.38, 0.2), (0.36, 0.47), *_arc(0.48, 0.62, 0.18, 0.17, -110, 140)],
        [(0.38, 0.2), (0.66, 0.2)],
    ],
    6: [[(0.58, 0.2), (0.42, 0.4), *_arc(0.5, 0.64, 0.16, 0.15, -180, 180)]],
    7: [[(0.3, 0.22), (0.68, 0.22), (0.46, 0.8)]],
    8: [[*_arc(0.5, 0.36, 0.14, 0.14, 90, -270), *_arc(0.5, 0.65, 0.17, 0.15, -90, 270)]],
    9: [[*_arc(0.5, 0.36, 0.15, 0.15, 0, -350), (0.64, 0.5), (0.6, 0.82)]],
}
SCRIBBLE = [
    [(0.5 + 0.35 * math.sin(2.3 * i), 0.5 + 0.35 * math.cos(3.1 * i)) for i in range(12)],
    [(0.2 + 0.05 * i, 0.3 + 0.4 * (i % 2)) for i in range(12)],
]


def draw(page, strokes, left=0.0, width=1.0, sheet="#sheet"):
    """Draws with the mouse; `left` and `width` are a part of the sheet's width."""
    for stroke in strokes:
        points = [_place(page, point, left, width, sheet) for point in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=3)
        page.mouse.up()


def touch(page, strokes):
    """Draws with a finger."""
    fingers = page.context.new_cdp_session(page)
    for stroke in strokes:
        for index, point in enumerate(stroke):
            x, y = _place(page, point)
            kind = "touchMove" if index else "touchStart"
            fingers.send(
                "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]}
            )
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def _place(page, point, left=0.0, width=1.0, sheet="#sheet"):
    box = page.locator(sheet).bounding_box()
    x, y = point
    return box["x"] + box["width"] * (left + width * x), box["y"] + box["height"] * y
