"""What the server answers, request by request."""

import base64
import io
import json

import numpy as np
import pytest

import edgedigit
from edgedigit.images import load_grey
from edgedigit.normalize import normalize
from tests.runtime.reading.test_reading import line_of
from tests.support.command import run
from tests.support.picture_files import png_file
from tests.support.serving import has_extra
from train.drawing.characters import draw_digits

if not has_extra:
    pytest.skip("needs the extra serve", allow_module_level=True)
pytest.importorskip("httpx2")  # which Starlette's client needs

from starlette.testclient import TestClient

from edgedigit.web.app import create_app
from edgedigit.web.guard import Guard
from edgedigit.web.metrics import Metrics
from edgedigit.web.settings import ServerSettings

DIGITS = draw_digits(np.arange(10), np.random.default_rng(4))
PNGS = [png_file(digit) for digit in DIGITS]
SEVEN = PNGS[7]
CUT = SEVEN[: len(SEVEN) // 2]
BLANK = png_file(np.full((30, 40), 200, np.uint8))
NUMBER = png_file(line_of("407"))
LIMITS = {"max_bytes": 20_000, "max_pixels": 40_000}
IMAGE = {"Content-Type": "image/png"}


def client_of(**settings):
    return TestClient(create_app(ServerSettings(**settings)), base_url="http://localhost:8000")


@pytest.fixture(scope="module")
def client():
    return client_of(**LIMITS)


def timeless(answer):
    """An object without what differs from one time to the next."""
    assert answer.pop("milliseconds") > 0
    return answer


def from_command(tmp_path, command, picture, *options):
    """What the command line says of a picture, in the form of the server's answer."""
    path = tmp_path / "picture"
    path.write_bytes(picture)
    (found,) = json.loads(run(command, path, "--format", "json", *options).stdout)
    del found["stamp"]
    return {**found, "path": None}


# --- answers


@pytest.mark.parametrize("picture", [*PNGS, BLANK])
def test_classify_answers_as_the_command_line(client, tmp_path, picture):
    answer = client.post("/classify", content=picture)
    assert answer.status_code == 200
    assert timeless(answer.json()) == from_command(tmp_path, "classify", picture)


def test_a_small_digit_in_a_large_jpeg_file_is_found(tmp_path):
    # A first look sees such a file at reduced size; a second one, all of it.
    pillow = pytest.importorskip("PIL.Image")
    client = client_of(max_pixels=1_000_000)
    page = np.full((1000, 1000), 235, np.uint8)
    page[600:628, 300:328] -= DIGITS[7][::2, ::2] // 2
    content = io.BytesIO()
    pillow.fromarray(page).save(content, "JPEG", quality=92)
    picture = content.getvalue()
    answer = timeless(client.post("/classify", content=picture).json())
    assert answer == from_command(tmp_path, "classify", picture)
    assert answer["digit"] == 7
    (found,) = client.post("/classify", files={"a": ("7.jpg", picture)}).json()["results"]
    assert found["digit"] == 7


def test_read_answers_as_the_command_line(client, tmp_path):
    answer = client.post("/read", content=NUMBER)
    assert timeless(answer.json()) == from_command(tmp_path, "read", NUMBER)
    assert answer.json()["text"] == "407"


def test_marks_are_answered_with_boxes_and_left_out_when_asked_for(client, tmp_path):
    picture = png_file(line_of("-40.57"))
    found = client.post("/read", content=picture).json()
    assert (found["text"], found["refusal"]) == ("-40.57", None)
    assert [mark["text"] for mark in found["marks"]] == ["-", "."]
    assert all(len(mark["box"]) == 4 for mark in found["marks"])
    without = client.post("/read?marks=false", content=picture).json()
    assert (without["text"], without["marks"]) == ("4057", [])
    assert timeless(without) == from_command(tmp_path, "read", picture, "--no-marks")
    assert client.post("/read?marks=true", content=picture).json()["text"] == "-40.57"


def test_a_number_that_is_refused_says_why(client):
    found = client.post("/read?length=4", content=NUMBER).json()
    assert (found["status"], found["refusal"], found["text"]) == ("refused", "length", "407")
    found = client.post("/read", content=BLANK).json()
    assert (found["status"], found["refusal"], found["text"]) == ("refused", "blank", "")


def test_ink_spaces_and_length_are_heeded(client, tmp_path):
    wide = png_file(line_of("3 31"))
    found = client.post("/read?spaces=true&length=3&ink=light", content=wide).json()
    options = ("--spaces", "--length", "3", "--ink", "light")
    assert timeless(found) == from_command(tmp_path, "read", wide, *options)
    assert " " in found["text"]
    by_ink = [
        client.post(f"/classify?ink={ink}", content=SEVEN).json() for ink in ("light", "dark")
    ]
    assert by_ink[0]["digit"] == 7
    assert by_ink[1]["confidence"] != by_ink[0]["confidence"]


def test_region_and_turn_are_heeded(client, tmp_path):
    sheet = png_file(np.rot90(np.hstack(DIGITS[[3, 4]])))
    query = "region=0,0,1,0.5&turn=auto"
    found = client.post(f"/classify?{query}", content=sheet).json()
    options = ("--region", "0,0,1,0.5", "--turn", "auto")
    assert found["digit"] == 4
    assert timeless(found) == from_command(tmp_path, "classify", sheet, *options)
    found = client.post(f"/read?{query}", content=sheet).json()
    assert timeless(found) == from_command(tmp_path, "read", sheet, *options)
    for command in ("classify", "read"):
        answer = client.post(f"/{command}?region=900,0,950,9", content=sheet)
        check_refused(answer, 422, "outside")


def test_data_urls(client):
    url = b"data:image/png;base64," + base64.b64encode(SEVEN)
    assert client.post("/classify", content=url).json()["digit"] == 7
    (found,) = client.post("/classify", files={"a": ("7", url)}).json()["results"]
    assert found["digit"] == 7
    check_refused(client.post("/classify", content=url[:9]), 415, "not_an_image")


def test_the_picture_that_the_network_saw(client):
    found = client.post("/classify?normalized=true", content=SEVEN).json()
    seen = np.frombuffer(base64.b64decode(found["normalized"]), np.uint8).reshape(28, 28)
    np.testing.assert_array_equal(seen, normalize(load_grey(SEVEN)[None])[0])
    assert "normalized" not in client.post("/classify?normalized=false", content=SEVEN).json()


def test_several_files_are_answered_in_order_and_bad_ones_too(client, tmp_path):
    names = ["a.png", "../b.png", "Zahl ä.png", "notes.txt", "empty.png", "cut.png"]
    contents = [PNGS[1], PNGS[2], BLANK, b"no picture", b"", CUT]
    files = [("file", part) for part in zip(names, contents, strict=True)]
    files += [("other", ("large.png", png_file(np.zeros((201, 200), np.uint8))))]
    answer = client.post("/classify?normalized=true", files=files)
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [found["path"] for found in results] == [*names, "large.png"]
    assert [found["status"] for found in results] == [
        *("ok", "ok", "refused", "not_an_image", "not_an_image", "damaged", "too_large")
    ]
    assert [found["normalized"] is None for found in results] == [False] * 3 + [True] * 4
    for found, picture in zip(results[:3], contents, strict=False):
        one = from_command(tmp_path, "classify", picture)
        del found["normalized"]
        assert timeless(found) == {**one, "path": found["path"]}
    assert all(found["error"] for found in results[3:])


def test_several_files_are_read_too(client):
    files = {"a": ("a.png", NUMBER), "b": ("b.png", b"no picture")}
    results = client.post("/read", files=files).json()["results"]
    assert [found["status"] for found in results] == ["ok", "not_an_image"]
    assert len(results[0]["digits"]) == 3


def test_form_fields_beside_the_files_do_no_harm(client):
    answer = client.post("/classify", files={"file": ("7.png", SEVEN)}, data={"name": "value"})
    assert [found["digit"] for found in answer.json()["results"]] == [7]


def test_any_content_type_will_do(client):
    for kind in ("image/png", "text/plain", "application/x-www-form-urlencoded", "nonsense", ""):
        answer = client.post("/classify", content=SEVEN, headers={"Content-Type": kind})
        assert answer.json()["digit"] == 7


# --- refusals


def form(*parts, boundary="b", end="--b--\r\n"):
    """A multipart body, and the head that goes with it."""
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + end
    return body.encode(), {"Content-Type": f"multipart/form-data; boundary={boundary}"}


FILE = 'Content-Disposition: form-data; name="f"; filename="x"\r\n\r\nabc'
FIELD = 'Content-Disposition: form-data; name="f"\r\n\r\nabc'
PLAIN = {"Content-Type": "text/plain"}
REFUSED = {
    "empty": (b"", PLAIN, 400, "bad_request"),
    "no picture": (b"not a picture", PLAIN, 415, "not_an_image"),
    "drawing": (b"%!PS-Adobe-3.0 EPSF-3.0\n", PLAIN, 415, "unsupported"),
    "cut": (CUT, PLAIN, 422, "damaged"),
    "too many pixels": (png_file(np.zeros((201, 200), np.uint8)), PLAIN, 413, "too_large"),
    "too many bytes": (bytes(LIMITS["max_bytes"] + 1), PLAIN, 413, "too_large"),
    "chunks": ((bytes(1000) for _ in range(21)), PLAIN, 413, "too_large"),
    "form without a boundary": (b"", {"Content-Type": "multipart/form-data"}, 400, "bad_request"),
    "form that is none": (b"abc", form()[1], 400, "bad_request"),
    "form without an end": (*form(FILE, end=""), 400, "bad_request"),
    "second file without an end": (*form(FILE, FILE, end=""), 400, "bad_request"),
    "part of another kind": (*form(FILE.replace("form-data", "x")), 400, "bad_request"),
    "form without a file": (*form(FIELD), 400, "bad_request"),
    "empty form": (*form(), 400, "bad_request"),
    "part without a name": (*form("X: y\r\n\r\nabc"), 400, "bad_request"),
    "too many files": (*form(*[FILE] * 65), 400, "bad_request"),
    "too many fields": (*form(*[FIELD] * 17), 400, "bad_request"),
    "too long a field": (*form(FILE, FIELD + "a" * 5000), 400, "bad_request"),
    "too long a head": (*form("X: " + "y" * 10_000 + "\r\n" + FILE), 400, "bad_request"),
    "too large a form": (*form(FILE + "a" * LIMITS["max_bytes"]), 413, "too_large"),
    "multipart of another kind": (
        *(form(FILE)[0], {"Content-Type": "multipart/mixed; boundary=b"}),
        *(415, "unsupported"),
    ),
}


def check_refused(answer, code, status):
    assert answer.status_code == code
    assert answer.headers["content-type"] == "application/json"
    said = answer.json()
    assert said.keys() == {"status", "error"}
    assert said["status"] == status
    assert said["error"]
    assert "\n" not in said["error"]
    assert "Traceback" not in said["error"]


@pytest.mark.parametrize("path", ["/classify", "/read"])
@pytest.mark.parametrize("name", REFUSED)
def test_bad_bodies(client, path, name):
    body, headers, code, status = REFUSED[name]
    if not isinstance(body, bytes):
        body = iter([bytes(1000)] * 21)
    check_refused(client.post(path, content=body, headers=headers), code, status)


@pytest.mark.parametrize(
    "query",
    [
        *("classify?ink=blue", "classify?ink=", "classify?ink=dark&ink=dark", "classify?INK=dark"),
        *("classify?normalized=1", "classify?normalized", "classify?x=y", "classify?spaces=true"),
        *("read?length=0", "read?length=-1", "read?length=1e3", "read?length=10001"),
        *("read?length=%D9%A3", "read?length=", "read?length=99999999999", "read?spaces=yes"),
        *(
            "classify?region=1,2,3",
            "classify?region=",
            "read?region=5,0,4,9",
            "read?region=0,0,2.,1",
        ),
        *("classify?turn=left", "read?turn="),
        *("read?normalized=true", "read?%00=%00", "read?%FF=%FE"),
    ],
)
def test_wrong_parameters(client, query):
    check_refused(client.post(f"/{query}", content=SEVEN), 422, "wrong_parameter")


@pytest.mark.parametrize(
    ("error", "said"),
    [(MemoryError(), ""), (KeyError("x\ny"), "edgedigit: KeyError: 'x\\ny' (")],
    ids=["memory", "fault"],
)
def test_a_fault_of_the_server_is_answered_too(capsys, error, said):
    async def faulty(scope, receive, send):
        raise error

    client = TestClient(Guard(faulty, ServerSettings(host="0.0.0.0"), Metrics(), ()))
    answer = client.get("/classify")
    check_refused(answer, 503, "busy")
    assert answer.headers["retry-after"] == "1"
    assert "KeyError" not in answer.text
    messages = capsys.readouterr().err
    assert messages.startswith(said)
    assert messages.count("\n") == (said != "")


@pytest.mark.parametrize(
    "path", ["/x", "/classify/", "/page/", "/page/x", "/page/../app.py", "/page/%2e%2e%2fapp.py"]
)
def test_unknown_paths(client, path):
    check_refused(client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/classify", {"POST"}),
        ("PUT", "/read", {"POST"}),
        ("POST", "/health", {"GET", "HEAD"}),
        ("DELETE", "/", {"GET", "HEAD"}),
        ("OPTIONS", "/classify", {"POST"}),
        ("NONSENSE", "/info", {"GET", "HEAD"}),
    ],
)
def test_wrong_methods(client, method, path, allowed):
    answer = client.request(method, path)
    check_refused(answer, 405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize("path", ["/classify", "/read"])
def test_a_json_object_may_have_the_data_url(client, path):
    url = f"data:image/png;base64,{base64.b64encode(SEVEN).decode()}"
    expected = timeless(client.post(path, content=SEVEN).json())
    assert timeless(client.post(path, json={"image": url}).json()) == expected
    spaced = f" \n{json.dumps({'image': url})}"
    assert timeless(client.post(path, content=spaced).json()) == expected


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("{}", 400),
        ('{"image": 7}', 400),
        ('{"image": "data:,", "more": 1}', 400),
        ('{"a":' * 4_000, 400),
        ('{"image": "7.png"}', 415),
        ('{"image": "\\ud800"}', 415),
        ('{"image": "data:image/png;base64,AAAA"}', 415),
        ('[{"image": "data:,"}]', 415),
    ],
)
def test_json_that_has_no_picture(client, body, status):
    assert client.post("/classify", content=body).status_code == status


# --- collecting


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "labelled" / "drawings"


@pytest.fixture
def collecting(folder):
    return client_of(collect=str(folder), **LIMITS)


def files_in(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_drawings_are_kept_as_they_came_and_by_their_labels(collecting, folder):
    kept = [(7, SEVEN), (7, PNGS[1]), (0, PNGS[0]), (7, SEVEN), ("not-a-digit", BLANK)]
    for label, picture in kept:
        answer = collecting.post(f"/collect?label={label}", content=picture, headers=IMAGE)
        assert answer.status_code == 201
        path = answer.json()["path"]
        assert path.startswith(f"{label}/")
        assert path.endswith(".png")
        assert (folder / path).read_bytes() == picture
    assert {path.parent.name for path in files_in(folder)} == {"0", "7", "not-a-digit"}


def test_a_data_url_is_kept_as_the_file_in_it(collecting, folder):
    url = b"data:image/png;base64," + base64.b64encode(SEVEN)
    path = collecting.post("/collect?label=7", content=url, headers=IMAGE).json()["path"]
    assert (folder / path).read_bytes() == SEVEN


def test_the_folder_is_one_that_is_classified(collecting, folder):
    for label, picture in enumerate(PNGS):
        collecting.post(f"/collect?label={label}", content=picture, headers=IMAGE)
    found = json.loads(run("classify", folder, "-r", "--format", "json").stdout)
    assert [row["path"].split("/")[-2] for row in found] == [str(digit) for digit in range(10)]


@pytest.mark.parametrize("headers", [{}, PLAIN, {"Content-Type": "multipart/form-data"}])
def test_only_what_says_that_it_is_a_picture_is_collected(collecting, folder, headers):
    answer = collecting.post("/collect?label=7", content=SEVEN, headers=headers)
    check_refused(answer, 415, "unsupported")
    assert files_in(folder) == []


@pytest.mark.parametrize("query", ["", "?label=", "?label=10", "?label=-1", "?label=7&x=y"])
def test_labels_are_digits(collecting, folder, query):
    answer = collecting.post(f"/collect{query}", content=SEVEN, headers=IMAGE)
    check_refused(answer, 422, "wrong_parameter")
    assert files_in(folder) == []


@pytest.mark.parametrize(
    "name", ["empty", "no picture", "drawing", "cut", "too many pixels", "too many bytes"]
)
def test_what_cannot_be_read_is_not_collected(collecting, folder, name):
    body, _, code, status = REFUSED[name]
    answer = collecting.post("/collect?label=7", content=body, headers=IMAGE)
    check_refused(answer, code, status)
    assert files_in(folder) == []


def test_a_folder_that_takes_nothing(collecting, folder):
    (folder / "7").write_text("a file where the folder would be")
    answer = collecting.post("/collect?label=7", content=SEVEN, headers=IMAGE)
    check_refused(answer, 503, "not_stored")


def test_nothing_is_collected_unless_it_is_wanted(client):
    answer = client.post("/collect?label=7", content=SEVEN, headers=IMAGE)
    check_refused(answer, 404, "not_found")


# --- what the server says of itself


def test_health(client):
    assert client.get("/health").json() == {"status": "ok"}


def test_info(client, tmp_path):
    said = client.get("/info").json()
    assert said["versions"]["edgedigit"] == edgedigit.__version__
    assert said["versions"]["NumPy"] == np.__version__
    assert {"Python", "onnxruntime", "Pillow"} <= said["versions"].keys()
    config = edgedigit.Classifier().config
    assert said["model"] == {key: config[key] for key in ("name", "version", "threshold")}
    assert said["limits"]["bytes"] == LIMITS["max_bytes"]
    assert said["limits"]["pixels"] == LIMITS["max_pixels"]
    assert said["collect"] is False
    other = client_of(collect=str(tmp_path), min_confidence=0.125).get("/info").json()
    assert other["collect"] is True
    assert other["model"]["threshold"] == 0.125


def test_every_path_is_described(client, collecting):
    described = collecting.get("/openapi.json").json()["paths"]
    assert {(path, method) for path, of_path in described.items() for method in of_path} == {
        *(("/classify", "post"), ("/read", "post"), ("/collect", "post")),
        *(("/health", "get"), ("/info", "get"), ("/openapi.json", "get"), ("/metrics", "get")),
    }
    assert "/collect" not in client.get("/openapi.json").json()["paths"]


def metric_of(client, name):
    lines = client.get("/metrics").text.splitlines()
    values = [float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} ")]
    return values[0] if values else 0


def test_metrics_count():
    client = client_of(**LIMITS)
    assert client.get("/metrics").headers["content-type"].startswith("text/plain; version=")
    client.post("/classify", content=SEVEN)
    client.post("/classify", files=[("f", ("a", SEVEN)), ("f", ("b", b"x")), ("f", ("c", BLANK))])
    client.post("/classify", content=b"x")
    client.post("/read", content=NUMBER)
    for path in ("/x", "/y", "/page/../x"):
        client.get(path)
    expected = {
        'edgedigit_requests_total{path="/classify",status="200"}': 2,
        'edgedigit_requests_total{path="/classify",status="415"}': 1,
        'edgedigit_requests_total{path="/read",status="200"}': 1,
        'edgedigit_requests_total{path="other",status="404"}': 3,
        'edgedigit_pictures_total{path="/classify",status="ok"}': 2,
        'edgedigit_pictures_total{path="/classify",status="not_an_image"}': 2,
        'edgedigit_pictures_total{path="/classify",status="refused"}': 1,
        'edgedigit_digits_total{digit="7"}': 3,
        'edgedigit_digits_total{digit="4"}': 1,
        'edgedigit_request_seconds_count{path="/classify"}': 3,
        "edgedigit_requests_in_progress": 1,  # the one for the metrics
    }
    assert {name: metric_of(client, name) for name in expected} == expected


# --- the page


def test_the_page_is_sent_with_a_strict_policy(client):
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert policy["img-src"] == "'self' data: blob:"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert client.get("/page/index.html").content == answer.content
    assert client.head("/").headers["content-length"] == str(len(answer.content))


def test_the_page_is_not_sent_again(client):
    tag = client.get("/").headers["etag"]
    for known in (tag, "*", f'"x", {tag}'):
        again = client.get("/", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
    assert client.get("/", headers={"If-None-Match": '"x"'}).status_code == 200


# --- who may ask


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:8000", "[::1]:8000"])
def test_this_machines_own_names(client, host):
    assert client.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["example.org", "localhost.example.org", "example.org:8000", "127.0.0.1.nip.io", ""]
)
def test_foreign_names_that_lead_here(client, host):
    for path in ("/", "/health", "/classify"):
        check_refused(client.get(path, headers={"Host": host}), 403, "forbidden")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "digits.example.org"])
def test_in_a_network_the_server_has_names_that_it_does_not_know(host):
    client = client_of(host=host)
    assert client.get("/health", headers={"Host": "example.org"}).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.5", "::1", "localhost"])
def test_every_loopback_address_is_one(host):
    client = client_of(host=host)
    own = f"[{host}]" if ":" in host else host
    assert client.get("/health", headers={"Host": f"{own}:8000"}).status_code == 200
    assert client.get("/health", headers={"Host": "example.org"}).status_code == 403


def test_no_other_origin_may_read_the_answers(client):
    headers = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    for method in ("OPTIONS", "POST"):
        answer = client.request(method, "/classify", content=SEVEN, headers=headers)
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("origins", [("https://example.org", "http://localhost:3000"), ("*",)])
def test_origins_that_are_named_may_read_the_answers(origins):
    client = client_of(token="secret", cors=origins)
    headers = {"Origin": "https://example.org"}
    asked = {**headers, "Access-Control-Request-Method": "POST"}
    asked["Access-Control-Request-Headers"] = "authorization,content-type"
    answer = client.options("/classify", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] in ("https://example.org", "*")
    headers["Authorization"] = "Bearer secret"
    answer = client.post("/classify", content=SEVEN, headers=headers)
    assert answer.json()["digit"] == 7
    assert answer.headers["access-control-allow-origin"] in ("https://example.org", "*")
    headers["Authorization"] = "Bearer wrong"
    assert client.post("/classify", content=SEVEN, headers=headers).status_code == 401
    if origins != ("*",):
        headers["Origin"] = "https://example.com"
        answer = client.post("/classify", content=SEVEN, headers=headers)
        assert "access-control-allow-origin" not in answer.headers


@pytest.fixture(scope="module")
def guarded():
    """A server that wants a token."""
    return client_of(host="0.0.0.0", token="s3cret/+=")


@pytest.mark.parametrize("path", ["/classify", "/info", "/openapi.json", "/metrics", "/x"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer s3cret/+"},
        {"Authorization": "Bearer s3cret/+=="},
        {"Authorization": "Basic s3cret/+="},
        {"Authorization": "s3cret/+="},
        {"Authorization": b"Bearer \xff\xfe"},
        {"Cookie": "token=s3cret/+="},
    ],
)
def test_without_the_token(guarded, path, headers):
    answer = guarded.post(f"{path}?token=s3cret/%2B=", content=SEVEN, headers=headers)
    check_refused(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_with_the_token(guarded, scheme):
    headers = {"Authorization": f"{scheme} s3cret/+="}
    answer = guarded.post("/classify", content=SEVEN, headers=headers)
    assert answer.json()["digit"] == 7


@pytest.mark.parametrize("path", ["/", "/docs", "/page/index.html", "/health"])
def test_what_needs_no_token(guarded, path):
    assert guarded.get(path).status_code == 200
