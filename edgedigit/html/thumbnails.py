"""Small copies of pictures, as PNG files in data URIs."""

import base64

import numpy as np

from edgedigit.images.pixels import Grey
from edgedigit.images.png_writer import encode_png
from edgedigit.normalize.pipeline import reduce
from edgedigit.raster.resampling import averaging_weights, resample

_MAX_SIDE_PIXELS = 64


def data_uri(grey: Grey) -> str:
    """A picture, no larger than a thumbnail, for the `src` of an <img>."""
    return "data:image/png;base64," + base64.b64encode(encode_png(_shrunk(grey))).decode("ascii")


def _shrunk(grey: Grey) -> Grey:
    """The averages of a picture, 64 pixels on its longer side; a smaller one as it is."""
    longest = max(grey.shape)
    if longest <= _MAX_SIDE_PIXELS:
        return grey
    height, width = (max(1, round(side * _MAX_SIDE_PIXELS / longest)) for side in grey.shape)
    pictures = reduce(grey[np.newaxis])
    _, rows, columns = pictures.shape
    small: Grey = resample(
        pictures, averaging_weights(rows, height), averaging_weights(columns, width)
    )[0]
    return small
