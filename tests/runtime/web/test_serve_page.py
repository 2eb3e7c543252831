"""The page that `edgedigit serve` shows, used in a real browser as people use it."""

import base64
import contextlib
import io
import json
import re
import signal
import urllib.parse
import urllib.request

import pytest

import edgedigit
from tests.support.browser import DIGITS, OTHER_MACHINE, SCRIBBLE, chromium, draw, touch
from tests.support.marks import slow_but
from tests.support.paths import EXAMPLES
from tests.support.serving import TIMEOUT, serving, slow_form

pytest.importorskip("starlette", reason="needs the serve extra")
image = pytest.importorskip("PIL.Image", reason="needs Pillow")
playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright (dev extra)")
expect = playwright.expect

# 2 cores may be busy with other things.
expect.set_options(timeout=60_000)
PHONE = {
    "viewport": {"width": 360, "height": 640},
    "device_scale_factor": 3,
    "has_touch": True,
    "is_mobile": True,
}
TOKEN = "correct-horse"
# Where a pen is pressed how hard.
HARDER = [(0.25, 0.1), (0.75, 1.0)]
# Strokes of points [x, y, pressure], quicker than any hand.
POINTER = """(sheet, [pointerType, strokes]) => {
    const { left, top, width, height } = sheet.getBoundingClientRect();
    const send = (kind, [x, y, pressure]) => sheet.dispatchEvent(new PointerEvent(kind, {
        pointerId: 1, pointerType, pressure,
        clientX: left + x * width, clientY: top + y * height }));
    sheet.setPointerCapture = () => {};
    for (const stroke of strokes) {
        send("pointerdown", stroke[0]);
        for (const point of stroke.slice(1)) send("pointermove", point);
        send("pointerup", stroke.at(-1));
    }
}"""
# What browsers tell of each answer of 400 and more, and of each connection that fails.
HARMLESS = "Failed to load resource"
NAME = re.compile(r"7/[0-9]{8}-[0-9]{6}-[0-9a-f]{16}\.png")


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    return tmp_path_factory.mktemp("collected")


@pytest.fixture(scope="module")
def address(browser, collected):
    with serving("--collect", str(collected)) as server:
        yield server.address


@pytest.fixture
def visit(browser):
    """Opens pages, and sees to it that none complains or asks elsewhere."""
    contexts, complaints, own, asked = [], [], {""}, set()  # data: and blob: have no host

    def visit(address, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        own.add(host(address))
        context.on("request", lambda request: asked.add(host(request.url)))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", lambda message: is_error(message) and complaints.append(message.text))
        page = context.new_page()
        page.goto(address)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert [text for text in complaints if not text.startswith(HARMLESS)] == []
    assert asked <= own


@pytest.fixture
def page(visit, address):
    return visit(address)


def host(address):
    return urllib.parse.urlsplit(address).netloc


def is_error(message):
    return message.type == "error"


def answer(page, text):
    expect(page.locator("#big")).to_have_text(text)


def png(digit=None, size=(240, 240)):
    """A picture of black strokes on white paper."""
    draw_on = pytest.importorskip("PIL.ImageDraw")
    picture = image.new("L", size, 255)
    for stroke in DIGITS.get(digit, []):
        points = [(x * size[0], y * size[1]) for x, y in stroke]
        draw_on.Draw(picture).line(points, fill=0, width=size[0] // 15, joint="curve")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def hand_over(page, kind, files):
    """Drops files on the page, or pastes them."""
    page.evaluate(
        """([kind, files]) => {
            const dataTransfer = new DataTransfer();
            for (const { name, type, base64 } of files) {
                const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
                dataTransfer.items.add(new File([bytes], name, { type }));
            }
            const options = { bubbles: true, cancelable: true };
            document.body.dispatchEvent(kind === "paste"
                ? new ClipboardEvent(kind, { ...options, clipboardData: dataTransfer })
                : new DragEvent(kind, { ...options, dataTransfer }));
        }""",
        [
            kind,
            [
                {"name": name, "type": type_, "base64": base64.b64encode(content).decode()}
                for name, type_, content in files
            ],
        ],
    )


@pytest.mark.parametrize("digit", slow_but(2, range(10)))
def test_a_drawn_digit_is_read_while_it_is_drawn(page, digit):
    draw(page, DIGITS[digit])
    answer(page, str(digit))
    expect(page.locator("#words")).to_contain_text(f"This is a {digit}")


def test_an_answer_shows_bars_times_and_what_the_network_saw(page):
    draw(page, DIGITS[3])
    answer(page, "3")
    rows = page.locator("#bars tr")
    expect(rows).to_have_count(10)
    texts = page.locator("#bars td:last-child").all_inner_texts()
    shares = [float(text.removesuffix("\u00a0%")) for text in texts]
    assert max(shares) == shares[3] > 50
    assert 98 <= sum(shares) <= 100.1
    widths = page.evaluate(
        "[...document.querySelectorAll('.bar')].map((bar) => parseFloat(bar.style.width))"
    )
    assert widths == pytest.approx(shares, abs=0.11)
    expect(page.locator("#times")).to_have_text(
        re.compile(r"Reading took [0-9.]+ ms; there and back [0-9]+ ms\.")
    )
    seen = page.locator("#seen-picture")
    expect(seen).to_have_attribute("aria-label", re.compile("28 by 28 pixels, light ink on black"))
    inked = seen.evaluate(
        "(canvas) => canvas.getContext('2d').getImageData(0, 0, 28, 28).data"
        ".filter((value, i) => i % 4 === 0 && value > 127).length"
    )
    assert 30 < inked < 250


def test_undo_takes_back_strokes_and_clear_leaves_an_empty_sheet(page):
    undo, clear = page.get_by_role("button", name="Undo"), page.get_by_role("button", name="Clear")
    expect(undo).to_be_disabled()
    draw(page, DIGITS[1])
    answer(page, "1")
    draw(page, [[(0.2, 0.5), (0.9, 0.5)], [(0.2, 0.9), (0.9, 0.1)]])
    expect(page.locator("#words")).not_to_contain_text("This is a 1")
    undo.click()
    undo.click()
    answer(page, "1")
    clear.click()
    answer(page, "")
    expect(page.locator("#hint")).to_be_visible()
    expect(page.locator("#words")).to_contain_text("Draw a digit")
    expect(clear).to_be_disabled()
    page.keyboard.press("Control+z")
    answer(page, "1")


def test_what_is_no_digit_is_refused_in_words(page):
    draw(page, SCRIBBLE)
    expect(page.locator("#words")).to_contain_text("does not look like a digit")
    expect(page.locator(".chosen")).to_have_count(0)


def test_an_unsure_answer_tells_the_best_guess(visit):
    with serving("--min-confidence", "1") as server:
        page = visit(server.address)
        draw(page, DIGITS[4])
        answer(page, "4?")
        expect(page.locator("#words")).to_contain_text("I am not sure. My best guess is 4")


def test_several_digits_are_refused_and_can_be_read_as_a_number(page):
    draw(page, DIGITS[4], 0, 0.5)
    draw(page, DIGITS[2], 0.5, 0.5)
    expect(page.locator("#words")).to_contain_text("more than one digit")
    page.get_by_role("button", name="Read it as a whole number").click()
    answer(page, "42")
    expect(page.get_by_label("Number")).to_be_checked()


def test_a_whole_number_is_read_digit_by_digit(page):
    plain = page.locator("#sheet").bounding_box()
    page.get_by_label("Number").check(force=True)
    wide = page.locator("#sheet").bounding_box()
    assert wide["width"] / wide["height"] == pytest.approx(3, rel=0.02)
    assert plain["width"] == pytest.approx(plain["height"], rel=0.02)
    draw(page, DIGITS[4], 0.2, 0.33)
    draw(page, DIGITS[2], 0.45, 0.33)
    answer(page, "42")
    assert page.locator("#signs th").all_inner_texts() == ["4", "2"]
    expect(page.get_by_role("button", name="That was a 4")).to_have_count(0)
    # The boxes are over the digits: their colour is in both halves of the sheet.
    halves = page.locator("#sheet").evaluate(
        """(canvas) => new Promise((done) => requestAnimationFrame(() => {
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            const reds = [0, 0];
            for (let i = 0; i < data.length; i += 4)
                if (data[i + 3] > 200 && data[i] > data[i + 2] + 60)
                    reds[Math.floor(2 * ((i / 4) % width) / width)] += 1;
            done(reds);
        }))"""
    )
    assert min(halves) > 50


def test_marks_have_a_row_and_a_box_each(page):
    page.get_by_label("Number").check(force=True)
    draw(page, DIGITS[4], 0.1, 0.4)
    draw(page, [[(0.3, 0.5), (0.7, 0.5)]], 0.42, 0.16)
    draw(page, DIGITS[2], 0.5, 0.4)
    answer(page, "4-2")
    assert page.locator("#signs th").all_inner_texts() == ["4", "-", "2"]
    expect(page.locator("#signs .chosen")).to_have_count(3)


def write_number(page):
    """Five places on the sheet, of which the fourth stays empty."""
    for place, digit in enumerate((4, 0, 7, None, 5)):
        draw(page, DIGITS.get(digit, []), place / 5, 0.2)


def test_five_places_fit_on_a_phone_and_a_gap_is_shown_where_one_is_read(visit, address):
    page = visit(address, **PHONE)
    page.get_by_label("Number", exact=True).check(force=True)
    write_number(page)
    answer(page, "407 5")
    assert page.locator("#signs tr").all_inner_texts()[3].strip() == "gap"
    assert page.locator("#signs th").all_inner_texts() == ["4", "0", "7", "5"]
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_row_and_its_box_point_at_each_other(page):
    page.get_by_label("Number", exact=True).check(force=True)
    write_number(page)
    rows = page.locator("#signs [data-place]")
    expect(rows).to_have_count(4)
    pointed = page.locator(".pointed")
    sheet = page.locator("#sheet")
    before = sheet.evaluate("(canvas) => canvas.toDataURL()")
    rows.nth(2).focus()
    expect(pointed).to_have_text(re.compile("^7"))
    # It is drawn in the next frame.
    page.wait_for_function("(before) => sheet.toDataURL() !== before", arg=before)
    box = sheet.bounding_box()
    sheet.hover(position={"x": box["width"] * 0.3, "y": box["height"] / 2})
    expect(pointed).to_have_text(re.compile("^0"))
    sheet.hover(position={"x": box["width"] * 0.7, "y": box["height"] / 2})
    expect(pointed).to_have_count(0)


def test_what_is_known_of_a_number_is_asked_for(page):
    page.get_by_label("Number", exact=True).check(force=True)
    with page.expect_request("**/read*") as asked:
        draw(page, DIGITS[7], 0.4, 0.2)
    assert asked.value.url.endswith("ink=dark&marks=true&spaces=true")
    answer(page, "7")
    with page.expect_request("**/read*") as asked:
        page.get_by_label("Digits").fill("3")
        page.get_by_label("Digits").blur()
    assert asked.value.url.endswith("&length=3")
    expect(page.locator("#words")).to_contain_text("more or fewer digits than there should be")
    with page.expect_request("**/read*") as asked:
        page.get_by_label("Marks").uncheck()
    assert "marks=false" in asked.value.url


def test_a_number_is_stored_digit_by_digit(page, collected):
    before = {path: len(list(collected.glob(f"{path}/*"))) for path in ("0", "5", "not-a-digit")}
    page.get_by_label("Number", exact=True).check(force=True)
    write_number(page)
    known = page.get_by_label("What it was")
    expect(known).to_have_value("407 5")
    known.fill("407")
    page.get_by_role("button", name="Store").click()
    expect(page.locator("#stored")).to_contain_text("I saw 4 signs, and these are 3")
    known.fill("?0 5.")  # a mark is nobody's label
    page.get_by_role("button", name="Store").click()
    expect(page.locator("#stored")).to_contain_text("3 stored since you opened this page")
    for path, count in before.items():
        kept = sorted(collected.glob(f"{path}/*"), key=lambda kept: kept.stat().st_mtime_ns)
        assert len(kept) == count + 1
        # What was cut out is the digit that was there, whatever it was said to be.
        assert edgedigit.classify(kept[-1]).best == {"not-a-digit": 4, "0": 0, "5": 7}[path]


def said(text, refusal, digits=(), marks=()):
    """What `/read` answers; digits are (digit or None, best, left, top), marks (text, left)."""
    return {
        "text": text,
        "confidence": 0.61,
        "refusal": refusal,
        "digits": [
            {
                "digit": digit,
                "best": best,
                "confidence": 0.6,
                "refusal": None if digit is not None else "unsure",
                "box": [left, top, left + 9, top + 9],
            }
            for digit, best, left, top in digits
        ],
        "marks": [
            {"text": sign, "confidence": 0.9, "box": [left, 0, left + 9, 9]} for sign, left in marks
        ],
        "turned": 0,
        "milliseconds": 1.0,
    }


@pytest.mark.parametrize(
    ("found", "words", "rows"),
    [
        (said("", "blank"), "I see no digits here", []),
        (said("7", "length", [(7, 7, 1, 0)]), "more or fewer digits than there should be", ["7"]),
        (said("7", "unsure", [(7, 7, 1, 0)]), "I am not sure of this: 61.0\u00a0%.", ["7"]),
        (
            said(
                "?4?\n?",
                "unsure",
                [(None, 9, 1, 0), (4, 4, 20, 0), (None, 3, 5, 20)],
                [("?", 40)],
            ),
            "A ? stands for a sign that I cannot read",
            ["9?", "4", "?", "3?"],
        ),
        (
            said("4?/", None, [(4, 4, 1, 0)], [("?", 20), ("/", 40)]),
            "61.0\u00a0% sure of all of it. A ? stands for a sign",
            ["4", "?", "/"],
        ),
    ],
)
def test_a_number_that_is_not_sure_is_said_in_words(page, found, words, rows):
    page.route("**/read*", lambda route: route.fulfill(json=found))
    page.get_by_label("Number").check(force=True)
    draw(page, DIGITS[7], 0.1, 0.4)
    expect(page.locator("#words")).to_contain_text(words)
    assert page.locator("#signs th").all_inner_texts() == rows
    is_refused = page.locator("#verdict").evaluate("(node) => node.classList.contains('refused')")
    assert is_refused == (found["refusal"] is not None)


def test_the_pen_can_be_made_wider(page):
    def ink():
        return page.locator("#sheet").evaluate(
            """(canvas) => new Promise((done) => requestAnimationFrame(() => done(
                canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
                .filter((value, i) => i % 4 === 3 && value).length)))"""
        )

    page.get_by_label("Pen").fill("8")
    draw(page, DIGITS[1])
    thin = ink()
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Pen").fill("32")
    draw(page, DIGITS[1])
    assert ink() > 3 * thin > 0


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_picture_can_be_dropped_and_pasted(page, kind):
    hand_over(page, kind, [("five.png", "image/png", png(5))])
    answer(page, "5")
    draw(page, DIGITS[1])
    answer(page, "1")
    page.get_by_role("button", name="Undo").click()
    answer(page, "5")


def test_a_picture_can_be_chosen_by_keyboard(page):
    page.get_by_label("Choose a picture").focus()
    with page.expect_file_chooser() as chosen:
        page.evaluate("0")  # the browser knows by now that the dialog is to be left out
        page.keyboard.press("Space")
    chosen.value.set_files({"name": "eight.png", "mimeType": "image/png", "buffer": png(8)})
    answer(page, "8")


def test_a_picture_that_the_browser_does_not_know_is_read_too(page):
    tiff = io.BytesIO()
    image.open(io.BytesIO(png(6))).save(tiff, "TIFF")
    hand_over(page, "drop", [("six.tif", "image/tiff", tiff.getvalue())])
    answer(page, "6")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"This is a text, not a picture.", "This is not a picture that I can read"),
        (png(7)[:200], "This picture cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said_and_the_page_goes_on(page, content, words):
    hand_over(page, "drop", [("a.png", "image/png", content)])
    expect(page.get_by_role("alert")).to_contain_text(words)
    draw(page, DIGITS[7])
    answer(page, "7")
    expect(page.locator("#message")).to_be_hidden()


def test_a_picture_that_is_too_large_is_not_even_sent(visit):
    with serving("--max-bytes", "20000") as server:
        page = visit(server.address)
        expect(page.locator("#about")).not_to_be_empty()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        hand_over(page, "drop", [("a.png", "image/png", png(7) + bytes(20000))])
        expect(page.get_by_role("alert")).to_contain_text("too large for the server")
        assert asked == []


def test_a_blank_picture_is_said_to_be_blank(page):
    hand_over(page, "drop", [("a.png", "image/png", png())])
    expect(page.locator("#words")).to_contain_text("I see nothing here")


def test_keys_alone_draw_and_store(page, collected):
    press = page.keyboard.press

    def go_to(name):
        for _ in range(30):
            press("Tab")
            if page.evaluate("document.activeElement.ariaLabel") == name:
                break
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"

    go_to("Drawing area")
    for _ in range(5):
        press("ArrowUp")
    press("Space")
    expect(page.locator("#pen-state")).to_have_text("Pen down")
    for _ in range(11):
        press("ArrowDown")
    press("Space")
    expect(page.locator("#pen-state")).to_have_text("Pen up")
    answer(page, "1")
    press("u")
    answer(page, "")
    expect(page.locator("#sheet")).to_be_focused()
    press("Space")
    for _ in range(11):
        press("ArrowUp")
    answer(page, "1")
    go_to("That was a 1")
    press("Enter")
    expect(page.locator("#stored")).to_contain_text("Stored as a 1: 1/")
    assert len(list(collected.glob("1/*.png"))) == 1
    expect(page.locator("#sheet")).to_be_focused()


def test_every_control_is_reached_by_tab_and_has_a_name(page):
    draw(page, DIGITS[7])
    answer(page, "7")
    page.evaluate("document.activeElement.blur()")
    page.locator("h1").click()
    reached = []
    for _ in range(30):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.id || document.activeElement.innerText")
        if name in reached:
            break
        reached.append(name)
    expected = {"sheet", "undo", "clear", "width", "file", "camera", *map(str, range(10)), "Keys"}
    assert expected <= set(reached)
    tree = page.locator("body").aria_snapshot()
    for unnamed in ("- button\n", "- slider\n", "- textbox\n", "- img\n"):
        assert unnamed not in tree


def test_that_was_a_seven_stores_the_drawing(page, collected):
    seven = page.get_by_role("button", name="That was a 7")
    expect(seven).to_be_disabled()
    draw(page, DIGITS[7])
    answer(page, "7")
    seven.click()
    said = page.locator("#stored")
    expect(said).to_contain_text("Stored as a 7: 7/")
    expect(said).to_contain_text("1 stored since you opened this page")
    expect(page.locator("#hint")).to_be_visible()
    path = NAME.search(said.inner_text()).group()
    with image.open(collected / path) as picture:
        assert picture.size == (280, 280)
        grey = picture.convert("L")
        assert grey.getpixel((5, 5)) == 255
        assert grey.getextrema() == (0, 255)


def test_nothing_is_offered_where_nothing_is_collected(visit):
    with serving() as server:
        page = visit(server.address)
        expect(page.locator("#about")).not_to_be_empty()
        expect(page.get_by_role("button", name="That was a 7")).to_have_count(0)


def test_a_finger_draws_on_a_phone(visit, address):
    page = visit(address, **PHONE)
    touch(page, DIGITS[2])
    answer(page, "2")
    assert page.evaluate("[scrollX, scrollY]") == [0, 0]
    expect(page.locator("#big")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    drawn = page.locator("#sheet").evaluate("(sheet) => sheet.width / sheet.clientWidth")
    assert drawn == pytest.approx(3, rel=0.02)
    page.get_by_label("Number").check(force=True)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_phone_on_its_side_shows_sheet_tools_and_answer_at_once(visit, address):
    page = visit(address, **PHONE | {"viewport": {"width": 844, "height": 390}})
    touch(page, DIGITS[2])
    answer(page, "2")
    for mode in "One digit", "Number":
        page.get_by_label(mode, exact=True).check(force=True)
        answer(page, "2")
        for part in "#sheet", "#clear", "#width", "#big":
            expect(page.locator(part)).to_be_in_viewport(ratio=1)
        assert page.evaluate("[scrollY, document.documentElement.scrollWidth]") == [0, 844]


@pytest.mark.parametrize(
    "size", slow_but(1, [(740, 360), (844, 390), (360, 640), (320, 568), (768, 1024), (1280, 800)])
)
def test_numbers_fit_into_their_card(visit, address, size):
    page = visit(address, viewport={"width": size[0], "height": size[1]})
    page.get_by_label("Number").check()
    for name, text in ("note", "40713\n2026\n88 052"), ("form", "3141592"), ("board", "5870"):
        page.set_input_files("#file", EXAMPLES / "numbers" / f"{name}.png")
        expect(page.locator("#big")).to_have_js_property("textContent", text)
        widths = page.locator("#big").evaluate("(big) => [big.scrollWidth, big.clientWidth]")
        assert widths[0] <= widths[1]
        assert widths[1] > 4 * 16


def test_a_pen_that_is_pressed_harder_draws_wider(page):
    sheet = page.locator("#sheet")
    sheet.evaluate(POINTER, ["pen", [[[x, y, press] for y in (0.3, 0.7)] for x, press in HARDER]])
    widths = sheet.evaluate(
        """(sheet) => new Promise((done) => requestAnimationFrame(() => {
            const { width, height } = sheet;
            const row = sheet.getContext("2d").getImageData(0, height / 2, width, 1).data;
            const inked = (from, to) => [...row].filter((value, i) => i % 4 === 3 && value > 127
                && i / 4 >= from * width && i / 4 < to * width).length;
            done([inked(0, 0.5), inked(0.5, 1)]);
        }))"""
    )
    assert widths[1] > 2 * widths[0] > 0


def test_the_camera_takes_what_its_frame_shows(visit, address):
    page = visit(address, permissions=["camera"])
    page.get_by_role("button", name="Camera").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    with page.expect_response("**/classify?ink=auto*") as answered:
        page.get_by_role("button", name="Take the picture").click()
    assert answered.value.status == 200
    expect(dialog).to_be_hidden()
    corners = page.locator("#sheet").evaluate(
        """(sheet) => [0.03, 0.97].map((share) => sheet.getContext("2d")
            .getImageData(share * sheet.width, share * sheet.height, 1, 1).data[3])"""
    )
    assert corners == [255, 255]  # the picture is as square as the sheet
    page.get_by_role("button", name="Camera").click()
    page.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    assert page.evaluate("document.getElementById('video').srcObject") is None


def test_a_camera_that_is_not_allowed_is_explained(page):
    page.get_by_role("button", name="Camera").click()
    expect(page.get_by_role("alert")).to_contain_text("not allowed to use the camera")


@pytest.mark.slow
def test_over_http_from_another_machine_all_works_but_the_camera(visit):
    with serving("--host", "0.0.0.0", "--no-token") as server:
        page = visit(f"http://{OTHER_MACHINE}:{server.port}/")
        assert page.evaluate("isSecureContext") is False
        draw(page, DIGITS[3])
        answer(page, "3")
        page.get_by_role("button", name="Camera").click()
        expect(page.get_by_role("alert")).to_contain_text("came over https")


@pytest.mark.slow
def test_a_token_is_asked_for_and_kept(visit):
    with serving("--token", TOKEN) as server:
        page = visit(server.address)
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        expect(page.get_by_text("did not accept")).to_be_hidden()
        page.get_by_role("textbox", name="Token").fill("wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_text("did not accept")).to_be_visible()
        page.get_by_role("textbox", name="Token").fill(TOKEN)
        page.keyboard.press("Enter")
        expect(dialog).to_be_hidden()
        draw(page, DIGITS[9])
        answer(page, "9")
        page.reload()
        draw(page, DIGITS[6])
        answer(page, "6")
        expect(dialog).to_be_hidden()


def test_the_token_may_come_with_the_address_and_is_kept_for_other_tabs(visit):
    with serving("--token", TOKEN) as server:
        page = visit(f"{server.address}#token={TOKEN}")
        draw(page, DIGITS[7])
        answer(page, "7")
        assert page.url == server.address
        other = page.context.new_page()
        other.goto(f"{server.address}docs")
        expect(other.get_by_role("heading", name="POST /classify")).to_be_visible()
        other.close()


def test_the_description_for_programs_shows_all_paths(page, address):
    page.get_by_role("link", name="For programs").click()
    expect(page.get_by_role("heading", name="POST /collect")).to_be_visible()
    said = page.locator("body").inner_text()
    paths = json.loads(urllib.request.urlopen(f"{address}openapi.json", timeout=TIMEOUT).read())
    for path, methods in paths["paths"].items():
        assert all(f"{method.upper()} {path}" in said for method in methods)
    assert "integer 1 to 10000" in said
    assert "undefined" not in said


def test_what_is_no_digit_is_stored_as_such(page, collected):
    draw(page, SCRIBBLE)
    page.get_by_role("button", name="That was no digit").click()
    expect(page.locator("#stored")).to_contain_text("Stored as what is no digit: not-a-digit/")
    assert len(list(collected.glob("not-a-digit/*.png"))) >= 1


def test_without_a_token_the_page_says_so(visit):
    with serving("--token", TOKEN) as server:
        page = visit(server.address)
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("alert")).to_contain_text("wants a token")
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("dialog")).to_be_visible()


@pytest.mark.slow
def test_a_busy_server_is_asked_again(visit):
    with serving("--max-requests", "1", "--timeout", "60") as server:
        page = visit(server.address)
        with server.connect() as slow:
            slow.sendall(slow_form())
            draw(page, DIGITS[0])
            expect(page.get_by_role("alert")).to_contain_text("The server is busy")
        answer(page, "0")
        expect(page.locator("#message")).to_be_hidden()


def test_a_server_that_is_gone_is_said_and_asked_again(visit):
    with serving(status=-signal.SIGKILL) as server:
        page = visit(server.address)
        draw(page, DIGITS[7])
        answer(page, "7")
        server.process.kill()
        server.process.wait(TIMEOUT)
        page.get_by_role("button", name="Undo").click()
        draw(page, DIGITS[1])
        expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
        answer(page, "")
        with serving("--port", str(server.port)):
            page.get_by_role("button", name="Try again").click()
            answer(page, "1")


def test_a_late_answer_to_an_older_drawing_is_not_shown(page):
    held = []
    page.route("**/classify*", lambda route: held.append(route), times=1)
    with page.expect_request("**/classify*"):
        draw(page, DIGITS[8])
    page.get_by_role("button", name="Clear").click()
    draw(page, DIGITS[1])
    answer(page, "1")
    assert len(held) == 1
    with contextlib.suppress(playwright.Error):  # the page itself has given it up
        held[0].continue_()
    page.wait_for_timeout(500)
    answer(page, "1")


def test_a_stroke_is_asked_for_once(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    points = [[0.5, 0.2 + 0.003 * i, 0.5] for i in range(200)]
    page.locator("#sheet").evaluate(POINTER, ["mouse", [points]])
    answer(page, "1")
    assert len([url for url in asked if "/classify" in url]) == 1


def test_inline_scripts_are_not_run(browser, address):
    """The policy that the page is sent with is in force."""
    page = browser.new_page()
    page.goto(address)
    ran = page.evaluate(
        """() => new Promise((done) => {
            addEventListener("securitypolicyviolation", () => done("refused"));
            const script = document.createElement("script");
            script.textContent = "document.title = 'run'";
            document.body.append(script);
            setTimeout(() => done(document.title), 2000);
        })"""
    )
    page.context.close()
    assert ran == "refused"


def test_colours_have_contrast_in_both_schemes(visit, address):
    for scheme in "light", "dark":
        page = visit(address, color_scheme=scheme)
        draw(page, DIGITS[7])
        answer(page, "7")
        ratios = page.evaluate(
            """() => {
                const rgb = (colour) => colour.match(/[0-9.]+/g).map(Number);
                const light = (colour) => {
                    const [r, g, b] = rgb(colour).map((value) => value / 255)
                        .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
                    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
                };
                const behind = (node) => {
                    const colour = getComputedStyle(node).backgroundColor;
                    return rgb(colour)[3] === 0 ? behind(node.parentElement) : colour;
                };
                const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
                const ratios = {};
                while (walker.nextNode()) {
                    const node = walker.currentNode.parentElement;
                    if (!walker.currentNode.data.trim() || !node.checkVisibility()) continue;
                    const [low, high] = [light(getComputedStyle(node).color), light(behind(node))]
                        .sort((a, b) => a - b);
                    ratios[walker.currentNode.data.trim()] = (high + 0.05) / (low + 0.05);
                }
                return ratios;
            }"""
        )
        assert len(ratios) > 20
        assert {text: ratio for text, ratio in ratios.items() if ratio < 4.5} == {}
