import io
import random
import zipfile

import numpy as np
import pytest

from tests.campaigns.picture_mutations import change_bytes
from train.data.mnist import DataError, load_mnist

X = np.random.default_rng(1).integers(0, 256, (240, 28, 28), np.uint8)
Y = (np.arange(240) % 10).astype(np.uint8)
GOOD = {"x_train": X, "y_train": Y, "x_test": X[:20], "y_test": Y[:20]}


@pytest.fixture
def save(tmp_path):
    def save(**changes):
        path = tmp_path / "data.npz"
        arrays = {name: array for name, array in (GOOD | changes).items() if array is not None}
        np.savez_compressed(path, **arrays)
        return path

    return save


def test_arrays_come_as_they_are(save):
    path = save()
    data = load_mnist(path)
    for name, array in GOOD.items():
        np.testing.assert_array_equal(getattr(data, name), array)
    assert data.source == "data.npz"
    assert len(data.sha256) == 64
    assert data.sha256 == load_mnist(path).sha256
    assert data.sha256 != load_mnist(save(x_test=X[20:40])).sha256


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.int64, np.uint64, ">i4"])
def test_labels_may_be_any_integers(save, dtype):
    data = load_mnist(save(y_train=Y.astype(dtype)))
    assert data.y_train.dtype == np.int64
    assert data.sha256 == load_mnist(save()).sha256, "the same data, however it is stored"
    np.testing.assert_array_equal(data.y_train, Y)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"x_train": None}, "lacks x_train"),
        ({"x_test": None, "y_test": None}, "lacks x_test, y_test"),
        ({"x_train": X.astype(np.float32)}, "x_train must be uint8 .* not float32"),
        ({"x_train": X.reshape(-1, 784)}, r"x_train must be .*\(n, 28, 28\), .* \(240, 784\)"),
        ({"x_test": X[:20, :27]}, "x_test must be uint8 of shape"),
        ({"x_test": X[:20, ..., None]}, "x_test must be uint8 of shape"),
        ({"x_train": np.uint8(3)}, "x_train must be uint8 of shape"),
        ({"y_train": Y.astype(float)}, "y_train must be integers"),
        ({"y_train": np.eye(10, dtype=np.uint8)[Y]}, r"y_train must be integers of shape \(n,\)"),
        ({"y_test": Y[:19]}, "x_test has 20 pictures, but y_test has 19 labels"),
        ({"y_train": Y + 1}, "from 0 to 9, not 1 to 10"),
        ({"y_train": Y.astype(int) - 1}, "from 0 to 9, not -1 to 8"),
        ({"y_train": Y % 8}, "y_train lacks the digits 8, 9"),
        ({"x_test": X[:0], "y_test": Y[:0]}, "y_test lacks the digits 0, 1, 2"),
        ({"y_train": np.array([None] * 240)}, "damaged"),
        ({"y_train": np.array(["7"] * 240)}, "y_train must be integers"),
    ],
)
def test_other_forms_are_refused(save, changes, reason):
    with pytest.raises(DataError, match=reason) as caught:
        load_mnist(save(**changes))
    assert "data.npz" in str(caught.value)
    assert "\n" not in str(caught.value)


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def zipped(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in GOOD:
            archive.writestr(f"{name}.npy", content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not an .npz file"),
        (b"no data", "not an .npz file"),
        (npy(X), "not an .npz file"),
        (zipped(b""), "damaged|must be"),
        (zipped(b"no array"), "damaged|must be"),
        (zipped(npy(X)[:-1]), "damaged"),
        (zipped(npy(X).replace(b"(240, 28", b"(9999999")), "damaged"),
        (zipped(npy(X).replace(b"(240, 28, 28), ", b"(9999999999999)")), "damaged"),
    ],
)
def test_damaged_files(tmp_path, content, reason):
    path = tmp_path / "data.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=reason):
        load_mnist(path)


def test_damage_raises_nothing_but_data_errors(save):
    path = save(x_train=X[:20], y_train=Y[:20])
    whole, header = path.read_bytes(), npy(X[:20])[:128]
    dice = random.Random(20)
    files = [zipped(change_bytes(header, dice) + b"7" * 99) for _ in range(300)]
    files += [change_bytes(whole, dice) for _ in range(300)]
    outcomes = set()
    for file in [whole, *files]:
        path.write_bytes(file)
        try:
            load_mnist(path)
            outcomes.add("whole")
        except DataError as error:
            outcomes.add(str(error))
    assert len(outcomes) > 2
    assert not any("\n" in outcome for outcome in outcomes)


def test_missing_files(tmp_path):
    with pytest.raises(DataError, match=r"cannot read .*missing\.npz: No such file"):
        load_mnist(tmp_path / "missing.npz")
    with pytest.raises(DataError, match="cannot read"):
        load_mnist(tmp_path)


def test_split_keeps_each_digit_s_share_and_loses_nothing(save):
    rng = np.random.default_rng(2)
    labels = rng.permutation(np.repeat(np.arange(10), [60] * 5 + [120] * 5))
    pictures = rng.integers(0, 256, (900, 28, 28), np.uint8)
    data = load_mnist(save(x_train=pictures, y_train=labels))
    (x, y), (x_val, y_val) = data.split()
    assert np.bincount(y_val).tolist() == [5] * 5 + [10] * 5
    label_of = {picture.tobytes(): label for picture, label in zip(pictures, labels, strict=True)}
    parts = [*zip(x, y, strict=True), *zip(x_val, y_val, strict=True)]
    assert {picture.tobytes(): label for picture, label in parts} == label_of
    assert len(parts) == 900


def test_split_is_the_same_every_time(save):
    splits = [load_mnist(save()).split() for _ in range(2)]
    for one, other in zip(*splits, strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def test_split_of_mnist_has_5000_for_validation(mnist_path):
    training, validation = load_mnist(mnist_path).split()
    assert len(training[0]) == 55_000
    assert len(validation[0]) == 5_000
