"""The API is what its description says, whatever is sent: schemathesis makes up the requests."""

import tempfile

import numpy as np
import pytest

from tests.support.picture_files import png_file
from tests.support.serving import has_extra
from train.drawing.characters import draw_digits

if not has_extra:
    pytest.skip("needs the extra serve", allow_module_level=True)
schemathesis = pytest.importorskip("schemathesis")

from hypothesis import HealthCheck, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from edgedigit.web.app import create_app  # noqa: E402
from edgedigit.web.settings import ServerSettings  # noqa: E402

PICTURES = [png_file(digit) for digit in draw_digits([3, 8], np.random.default_rng(2))]

# Whole pictures, pictures that were cut or changed, and what is no picture.
images = st.one_of(
    st.sampled_from(PICTURES),
    st.builds(lambda image, end: image[:end], st.sampled_from(PICTURES), st.integers(0, 300)),
    st.builds(
        lambda image, place, value: image[:place] + value + image[place:],
        st.sampled_from(PICTURES),
        st.integers(0, 300),
        st.binary(max_size=4),
    ),
    st.binary(max_size=200),
)
for media_type in ("image/*", "application/octet-stream"):
    schemathesis.openapi.media_type(media_type, images)


FOLDER = tempfile.TemporaryDirectory()
# Bytes may be called a picture and be none, so that not all that fits the description is taken.
CHECKS = {
    "positive_data_acceptance": {"enabled": False},
    "negative_data_rejection": {"expected-statuses": ["400", "401", "405", "413", "415", "422"]},
}
limited = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module", autouse=True)
def _leaves_nothing():
    yield
    FOLDER.cleanup()


def described(token=None):
    # Bound to no loopback address: the Host header that schemathesis makes up is let through.
    settings = ServerSettings(host="0.0.0.0", collect=FOLDER.name, token=token, max_bytes=4000)
    app = create_app(settings)
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    config = schemathesis.Config.from_dict({"checks": CHECKS})
    return schemathesis.openapi.from_asgi("/openapi.json", app, headers=headers, config=config)


schema = described()
schema_with_token = described("secret")


@schema.parametrize()
@limited
def test_every_answer_is_as_described(case):
    case.call_and_validate()


@pytest.mark.slow
@schema_with_token.parametrize()
@limited
def test_every_answer_is_as_described_where_a_token_is_wanted(case):
    case.call_and_validate(headers={"Authorization": "Bearer secret"})
