"""Runs the notebook and writes what it shows into it: `python -m tests.support.make_notebook`.

Takes the minutes that the notebook names. MNIST is EDGEDIGIT_MNIST's, or Keras downloads it.
"""

import base64
import os
from io import BytesIO
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from PIL import Image

from tests.support.paths import ROOT

NOTEBOOK = ROOT / "examples" / "handwritten_digits.ipynb"


def run(folder: Path, **environment: str) -> NotebookNode:
    """Runs the notebook from top to bottom.

    Args:
        folder: Where the kernel is started.
        environment: Variables that the kernel gets besides this process' own.

    Returns:
        The notebook with its outputs.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell failed.
    """
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        coalesce_streams=True,
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    return client.execute(env=os.environ | environment)


def tidy(notebook: NotebookNode) -> None:
    """Drops what changes at each run whatever it shows, and makes the pictures small."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {}
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                data["image/png"] = _smaller(data["image/png"])
                # Pillow's pictures come in this form too.
                data.pop("image/jpeg", None)


def _smaller(png: str) -> str:
    """With 256 colours, half the size."""
    result = BytesIO()
    with Image.open(BytesIO(base64.b64decode(png))) as picture:
        picture.convert("RGB").quantize(256).save(result, "png", optimize=True)
    return base64.b64encode(result.getvalue()).decode()


def main() -> None:
    """Writes the notebook with its outputs."""
    notebook = run(ROOT)
    tidy(notebook)
    nbformat.write(notebook, NOTEBOOK)


if __name__ == "__main__":
    main()
