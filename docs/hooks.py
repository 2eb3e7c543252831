"""The site's files, by their places in the checkout: so links lead there and in the site alike."""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

_ROOT = Path(__file__).resolve().parents[1]
_PATTERNS = (
    *("*.md", "docs/*.md", "examples/*.*", "benchmarks/*.png", "edgedigit/models/**/*.*"),
    # The page without a server runs in the site too, where npm has brought what it needs.
    *("examples/browser/*.*", "examples/browser/node_modules/onnxruntime-web/dist/ort.wasm.b*.mjs"),
    "examples/browser/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Replaces what MkDocs found in docs/; README.md becomes the first page."""
    for file in list(files):
        if file.src_dir == config.docs_dir:
            files.remove(file)
    for path in sorted(path for pattern in _PATTERNS for path in _ROOT.glob(pattern)):
        name = path.relative_to(_ROOT).as_posix()
        files.append(File(name, str(_ROOT), config.site_dir, config.use_directory_urls))
    return files
