"""A network that does nothing: what onnxruntime costs by itself."""

_UINT8 = 2  # in ONNX's list of types


def identity_model() -> bytes:
    """An ONNX model that gives `image`, uint8 [1, 28, 28], back as `same`."""
    value = _field(2, _field(1, _tensor_type()))
    node = _field(1, b"image") + _field(2, b"same") + _field(4, b"Identity")
    graph = (
        _field(1, node)
        + _field(2, b"identity")
        + _field(11, _field(1, b"image") + value)
        + _field(12, _field(1, b"same") + value)
    )
    ir_version, opset = _field(1, 8), _field(2, 15)
    return ir_version + _field(7, graph) + _field(8, opset)


def _tensor_type() -> bytes:
    shape = b"".join(_field(1, _field(1, side)) for side in (1, 28, 28))
    return _field(1, _UINT8) + _field(2, shape)


def _field(number: int, content: int | bytes) -> bytes:
    """A field of a Protocol Buffers message: a number below 128, or up to 127 bytes."""
    if isinstance(content, int):
        return bytes([number << 3, content])
    return bytes([number << 3 | 2, len(content)]) + content
