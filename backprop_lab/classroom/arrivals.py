"""What came in: every notebook of a folder or a zip, read with care, each with a name on it.

Nothing is unpacked to disk, and no name in a zip becomes a path: names only say whose file it is.
"""

import io
import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

LARGEST = 20 * 1024**2  # bytes of one notebook
LARGEST_ZIP = 200 * 1024**2  # bytes of one zip inside a zip, and of all that comes out of it
RATIO = 200  # a notebook shrinks five to twenty times, a bomb a thousand times
MOST = 20_000  # entries of a zip
MOST_OWN = 100  # entries of a zip that a student made
CHUNK = 1 << 16
LONG_AGO = datetime(1980, 1, 1)  # the first day that a zip can name

MOODLE = re.compile(r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)_?(?P<rest>.*)")
CANVAS = re.compile(r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<user>\d+)_(?P<file>\d+)_(?P<rest>.+)")


@dataclass(frozen=True)
class Arrival:
    """One file that came in.

    Attributes
    ----------
    where : its name in the folder or zip, for messages
    names : whose it may be, the surest first
    file : its name as the student gave it
    when : when it was handed in, in UTC, as far as the file knows
    version : larger is newer, for files of one `when`
    late : whether the platform says that it is late; None if it says nothing
    data : what is in it
    refused : why it isn't taken; then there is no data
    """

    where: str
    names: tuple[str, ...] = ()
    file: str = ""
    when: datetime = LONG_AGO
    version: int = 0
    late: bool | None = None
    data: bytes = b""
    refused: str = ""


class Refused(Exception):
    """A file that isn't taken; its text says why."""


def arrivals(place: Path, assignment: str) -> Iterator[Arrival]:
    """Go through a folder or a zip, one file after the other.

    Raises
    ------
    OSError, zipfile.BadZipFile
        If the folder or the zip itself can't be read.
    """
    if place.is_dir():
        yield from _folder(place, assignment)
    else:
        with zipfile.ZipFile(place) as archive:
            yield from _zip(archive, assignment)


def named(where: str, assignment: str) -> Arrival:
    """Read from a file's name whose it is: Moodle's way, Canvas's, nbgrader's, or the plain one."""
    parts = PurePosixPath(where).parts
    for at, part in enumerate(parts):
        if moodle := MOODLE.fullmatch(part):
            rest = parts[-1] if at < len(parts) - 1 else moodle["rest"]
            return Arrival(where, (moodle["number"], moodle["name"]), rest)
    if canvas := CANVAS.fullmatch(parts[-1]):
        versions = re.search(r"-(\d+)\.\w+$", canvas["rest"])
        return Arrival(
            where,
            (canvas["user"], canvas["name"]),
            re.sub(r"-\d+(\.\w+)$", r"\1", canvas["rest"]),
            version=int(versions[1]) if versions else 0,
            late=bool(canvas["late"]),
        )
    folders = [each for each in parts[:-1] if each != assignment]
    stem = PurePosixPath(parts[-1]).stem
    owner = folders[-1] if folders else stem.removesuffix(f"_{assignment}")
    return Arrival(where, (owner, stem), parts[-1])


def _folder(place: Path, assignment: str) -> Iterator[Arrival]:
    for folder, folders, names in os.walk(place, onerror=_told):
        folders.sort()
        links = [each for each in folders if os.path.islink(os.path.join(folder, each))]
        for name in sorted([*names, *links]):
            path = Path(folder, name)
            where = path.relative_to(place).as_posix()
            if _is_litter(where):
                continue
            arrival = named(where, assignment)
            yield from _taken(arrival, lambda path=path: read_plain(path), assignment)


def _told(error: OSError) -> None:
    """Let a folder that can't be opened not pass for an empty one."""
    raise error


def read_plain(path: Path) -> tuple[bytes, datetime]:
    """Read a plain file, and tell when it was written; no link, which may point at anything.

    Raises
    ------
    Refused
        If it is anything else, or too large.
    """
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | os.O_NONBLOCK)
    except OSError as error:
        if path.is_symlink():
            raise Refused("a link, which may lead anywhere: ask for the file itself") from None
        raise Refused(f"it can't be read ({error.strerror})") from None
    with open(number, "rb") as file:
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode):
            raise Refused("not a plain file")
        limit = LARGEST_ZIP if path.suffix.lower() == ".zip" else LARGEST
        return _at_most(file, limit), _day(lambda: datetime.fromtimestamp(status.st_mtime, UTC))


def _zip(archive: zipfile.ZipFile, assignment: str, inside: Arrival | None = None):
    entries = [each for each in archive.infolist() if not each.is_dir()]
    most = MOST_OWN if inside else MOST
    if len(entries) > most:
        where = inside.where if inside else str(archive.filename)
        yield Arrival(where, refused=f"a zip of {len(entries)} files, and {most} are the limit")
        return
    left = LARGEST_ZIP
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        if _is_litter(name):
            continue
        if inside:
            last = PurePosixPath(name).name
            arrival = replace(inside, where=f"{inside.where}/{name}", file=last)
        else:
            arrival = named(name, assignment)
        load = lambda entry=entry: _unpacked(archive, entry)  # noqa: E731
        for each in _taken(arrival, load, assignment, nested=inside is not None):
            left -= len(each.data)
            if inside and left < 0:
                yield replace(inside, refused="a zip of far more than one person's notebooks")
                return
            yield each


def _is_litter(where: str) -> bool:
    """Whether Jupyter, macOS or nbgrader put it there, rather than the student."""
    parts = PurePosixPath(where).parts
    hidden = any(each.startswith(".") and each != ".." for each in parts)
    return hidden or "__MACOSX" in parts or parts[-1:] == ("timestamp.txt",)


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[bytes, datetime]:
    name = entry.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0]:
        raise Refused("its name leads out of the folder")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Refused("a link, which may lead anywhere: ask for the file itself")
    if entry.flag_bits & 1:
        raise Refused("it is encrypted: ask for it without a password")
    limit = LARGEST_ZIP if name.lower().endswith(".zip") else LARGEST
    try:
        with archive.open(entry) as file:
            # Sizes in a zip's table are claims: what counts is what comes out.
            data = _at_most(file, min(limit, max(CHUNK, RATIO * entry.compress_size)))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError) as error:
        raise Refused(f"it can't be unpacked ({error})") from None
    except Exception as error:  # zlib.error, lzma.LZMAError: a library for each method
        raise Refused(f"it can't be unpacked ({type(error).__name__}: {error})") from None
    return data, _day(lambda: datetime(*entry.date_time).astimezone(UTC))


def _day(told: Callable[[], datetime]) -> datetime:
    try:
        return max(told().replace(tzinfo=None), LONG_AGO)
    except (ValueError, OverflowError, OSError):  # no day of any calendar
        return LONG_AGO


def _at_most(file, limit: int) -> bytes:
    kept = bytearray()
    while chunk := file.read(CHUNK):
        kept += chunk
        if len(kept) > limit:
            raise Refused(f"it is larger than a notebook can be ({limit // 1024:,} kB)")
    return bytes(kept)


def _taken(arrival: Arrival, load, assignment: str, nested: bool = False) -> Iterator[Arrival]:
    kind = PurePosixPath(arrival.file).suffix.lower()
    try:
        if kind not in (".ipynb", ".zip"):
            what = f"a {kind} file" if kind else "a file of no kind"
            raise Refused(f"a notebook (.ipynb) is expected, and this is {what}")
        if kind == ".zip" and nested:
            raise Refused("a zip in a zip in a zip: ask for the notebook itself")
        data, when = load()
        if kind == ".ipynb":
            yield replace(arrival, data=data, when=when)
            return
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from _zip(archive, assignment, inside=replace(arrival, when=when))
    except Refused as error:
        yield replace(arrival, refused=str(error))
    except zipfile.BadZipFile as error:
        yield replace(arrival, refused=f"no zip that can be read ({error})")
