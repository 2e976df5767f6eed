"""The files of a result folder, which may come from anybody: ordinary files of bounded size, arrays never unpickled."""

from __future__ import annotations

import errno
import math
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

MAX_TEXT_BYTES = 1_000_000_000
"""Longer texts are refused: the tables of 10,000 prosumers take a tenth of it."""

MAX_ARRAY_BYTES = 2_000_000_000
"""Of all arrays of one file, unpacked and as the floats that become of them: a small file must not fill the memory."""

_FLOAT_BYTES = 8


def read_text(path: Path) -> str:
    """The text of an ordinary file; raises OSError or UnicodeDecodeError."""
    _refuse_odd(path)
    return path.read_text(encoding="utf-8-sig")


def read_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays of an .npz file by name; raises FileNotFoundError, or ValueError with what is wrong with it."""
    try:
        _refuse_odd(path)
        with zipfile.ZipFile(path) as archive:
            size = sum(max(item.file_size, _FLOAT_BYTES * _values(archive, item)) for item in archive.infolist())
        if size > MAX_ARRAY_BYTES:
            raise ValueError(f"it unpacks to {size:,} bytes, more than {MAX_ARRAY_BYTES:,}")
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except FileNotFoundError:
        raise
    except Exception as error:  # zip, deflate and numpy have a dozen kinds, and a header may ask for any memory
        raise ValueError(str(error) or type(error).__name__) from error


def _values(archive: zipfile.ZipFile, item: zipfile.ZipInfo) -> int:
    """How many values the array of an entry has, by its header; 0 for what is no array."""
    with archive.open(item) as stream:
        try:
            version = np.lib.format.read_magic(stream)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            return math.prod(read(stream)[0])
        except ValueError:
            return 0


def write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write arrays by name to an .npz file, packed at the quickest level: a quarter of numpy's time for a fifth more
    bytes, and a person waits for it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, values in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, np.asanyarray(values), allow_pickle=False)


def _refuse_odd(path: Path) -> None:
    """Devices and pipes never end; raises OSError."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is no ordinary file")
    if status.st_size > MAX_TEXT_BYTES:
        raise OSError(errno.EFBIG, f"it has {status.st_size:,} bytes, more than {MAX_TEXT_BYTES:,}")
