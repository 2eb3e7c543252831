"""The npm package and the demo that are made of examples/browser."""

import functools
import json
import re
import shutil
import subprocess
import tarfile
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

import edgedigit
from edgedigit.model import DEFAULT_MODEL
from tests.examples.test_browser_page import Checkout
from tests.examples.test_browser_port import BROWSER, needs_onnxruntime_web
from tests.support.browser import DIGITS, chromium, draw

pytestmark = pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm")

MAX_PACKAGE_BYTES = 1_100_000
LIMIT_SECONDS = 300


@pytest.fixture
def browser_folder(tmp_path: Path) -> Path:
    """A copy, beside one of the model, in which files are made."""
    folder = tmp_path / "checkout" / "examples" / "browser"
    ignored = shutil.ignore_patterns("node_modules", "model", "demo")
    shutil.copytree(BROWSER, folder, ignore=ignored)
    model = tmp_path / "checkout" / "edgedigit" / "models" / Path(DEFAULT_MODEL).name
    shutil.copytree(DEFAULT_MODEL, model)
    return folder


def npm(folder: Path, *arguments: str) -> str:
    command = ["npm", *arguments]
    done = subprocess.run(
        command, cwd=folder, check=True, timeout=LIMIT_SECONDS, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def test_the_package_holds_the_model_and_types_of_all_that_it_exports(browser_folder: Path) -> None:
    npm(browser_folder, "pack", "--silent")
    [packed] = browser_folder.glob("*.tgz")
    assert packed.name == f"edgedigit-{edgedigit.__version__}.tgz"
    assert packed.stat().st_size <= MAX_PACKAGE_BYTES
    with tarfile.open(packed) as archive:
        files = {name.removeprefix("package/"): name for name in archive.getnames()}
        config = json.load(archive.extractfile(files["model/config.json"]))
        model = archive.extractfile(files["model/model.onnx"]).read()
        script = archive.extractfile(files["index.js"]).read().decode()
        types = archive.extractfile(files["index.d.ts"]).read().decode()
    assert model == Path(DEFAULT_MODEL, "model.onnx").read_bytes()
    assert "model/lines.onnx" in files
    assert ("first" in config) == ("model/first.onnx" in files)
    assert {"app.js", "index.html", "style.css", "build.mjs"}.isdisjoint(files)
    exported = {
        name.strip()
        for names in re.findall(r"export (?:function (\w+)|\{([^}]*)\})", script)
        for name in "".join(names).split(",")
    }
    declared = set(re.findall(r"export (?:class|function) (\w+)", types))
    assert exported == declared


@pytest.mark.slow
def test_the_demo_needs_nothing_but_a_server_of_files(browser_folder: Path) -> None:
    needs_onnxruntime_web()
    (browser_folder / "node_modules").symlink_to(BROWSER / "node_modules")
    npm(browser_folder, "run", "demo", "--silent")
    served = browser_folder.parent / "served"
    shutil.move(browser_folder / "demo", served / "some" / "path")
    handler = functools.partial(Checkout, directory=str(served))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, chromium() as browser:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/some/path/")
        page.locator("#words", has_text="nothing to see").wait_for()
        draw(page, DIGITS[7], sheet="#drawing")
        page.locator("#digit", has_text="7").wait_for()
        page.check("[value=number]")
        page.locator("#words", has_text="nothing to see").wait_for()
        server.shutdown()
