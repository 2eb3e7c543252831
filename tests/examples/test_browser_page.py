"""The page of examples/browser in a real browser, from a server of files alone."""

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from edgedigit.images import load_grey
from edgedigit.model import STRIP_ROWS
from edgedigit.normalize import prepare_all
from tests.examples.test_browser_port import BROWSER, needs_onnxruntime_web
from tests.support.browser import DIGITS, chromium, draw
from tests.support.marks import slow_but
from tests.support.paths import ROOT


class Checkout(SimpleHTTPRequestHandler):
    """Serves the checkout, quietly."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the checkout is served, as `python -m http.server` does."""
    handler = functools.partial(Checkout, directory=str(ROOT))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def requests() -> list[str]:
    """The addresses that the page has asked for."""
    return []


@pytest.fixture(scope="module")
def page(address: str, requests: list[str]) -> Iterator[Any]:
    """The page in a real browser, its model loaded."""
    needs_onnxruntime_web()
    with chromium() as browser:
        page = browser.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.goto(f"{address}examples/browser/")
        expect(page, "?", "nothing to see")
        yield page


def expect(page: Any, digit: str, words: str) -> None:
    """Waits until the page says so."""
    page.locator("#words", has_text=words).wait_for()
    page.locator("#digit", has_text=digit).wait_for()


def draw_anew(page: Any, strokes: list[list[tuple[float, float]]]) -> None:
    page.click("#clear")
    expect(page, "?", "nothing to see")
    draw(page, strokes, sheet="#drawing")


@pytest.mark.parametrize("digit", slow_but(2, DIGITS))
def test_a_digit_that_is_drawn_is_read(digit: int, page: Any) -> None:
    draw_anew(page, DIGITS[digit])
    expect(page, str(digit), "% sure")
    bars = page.eval_on_selector_all("#bars progress", "bars => bars.map(bar => bar.value)")
    assert np.argmax(bars) == digit
    assert max(bars) > 0.68


def test_a_number_that_is_drawn_is_read(page: Any) -> None:
    page.check("[value=number]")
    draw_anew(page, [])
    number = (4, 0, 7, 1, 3)
    strokes = [
        [(0.1 + 0.16 * place + 0.16 * x, 0.1 + 0.8 * y) for x, y in stroke]
        for place, digit in enumerate(number)
        for stroke in DIGITS[digit]
    ]
    draw(page, strokes, sheet="#drawing")
    expect(page, "40713", "% sure")
    assert page.locator("#bars").is_hidden()
    page.check("[value=digit]")
    expect(page, "?", "nothing to see")


def test_a_file_is_read_again_where_the_mode_changes(page: Any) -> None:
    page.click("#clear")
    page.set_input_files("#file", BROWSER.parent / "numbers" / "board.png")
    expect(page, "?", "several digits")
    page.check("[value=number]")
    expect(page, "5870", "% sure")
    assert page.evaluate("document.getElementById('ink').height") == STRIP_ROWS
    page.check("[value=digit]")
    expect(page, "?", "several digits")


def test_what_is_no_digit_is_refused_in_words(page: Any) -> None:
    zigzag = [(0.1 + 0.05 * i, 0.2 + 0.6 * (i % 2)) for i in range(17)]
    draw_anew(page, [zigzag])
    expect(page, "?", "not a digit")
    draw_anew(page, [[(x, 0.3), (x, 0.7)] for x in (0.3, 0.7)])
    expect(page, "?", "several digits")


def test_a_file_that_is_chosen_is_seen_as_in_python(page: Any) -> None:
    path = BROWSER.parent / "digits" / "5_shadow.png"
    page.click("#clear")
    page.set_input_files("#file", path)
    expect(page, "5", "% sure")
    ink = page.evaluate(
        "[...document.getElementById('ink').getContext('2d').getImageData(0, 0, 28, 28).data]"
    )
    wanted = prepare_all([load_grey(path)]).inks[0]
    np.testing.assert_array_equal(np.array(ink).reshape(28, 28, 4)[..., 0], wanted)


def test_a_file_that_is_dropped_is_read(page: Any) -> None:
    dropped = page.evaluate_handle(
        """async () => {
            const data = new DataTransfer();
            const file = await (await fetch("../digits/3_photo.png")).blob();
            data.items.add(new File([file], "3_photo.png"));
            return data;
        }"""
    )
    page.dispatch_event("h1", "drop", {"dataTransfer": dropped})
    expect(page, "3", "% sure")


def test_a_file_that_is_no_picture_is_said_to_be_none(page: Any) -> None:
    page.set_input_files("#file", ROOT / "README.md")
    page.locator("#words", has_text="cannot read README.md").wait_for()


def test_the_page_asks_nobody_but_its_own_server(
    page: Any, address: str, requests: list[str]
) -> None:
    assert any(url.endswith("model.onnx") for url in requests)
    assert [url for url in requests if not url.startswith((address, "data:"))] == []
