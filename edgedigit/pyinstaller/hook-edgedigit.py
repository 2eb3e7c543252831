"""PyInstaller's hook: the model, the pages, and the modules that are imported by name."""

from PyInstaller.utils.hooks import collect_data_files, collect_submodules, copy_metadata

datas = collect_data_files("edgedigit") + copy_metadata("edgedigit", recursive=True)
# The server's packages come along where they are installed.
hiddenimports = collect_submodules("edgedigit", filter=lambda name: ".pyinstaller" not in name)
