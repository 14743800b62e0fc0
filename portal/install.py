"""Set the portal up on a machine that has only Python, and start it or test it.

    python3 portal/install.py run     install what is missing, then serve
    python3 portal/install.py test    install what is missing, then run every check and test
    python3 portal/install.py setup   install what `run` needs and stop

This file uses the standard library only and imports nothing of the application: it runs before anything is installed.
What is already there and unchanged is skipped, so a second start takes seconds.
"""

from __future__ import annotations

import ctypes
import glob
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self  # not in older Pythons, which must come far enough to be told so

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("PORTAL_VENV") or ROOT / ".venv").absolute()
BIN = VENV / "bin"
STATIC = ROOT / "portal" / "static" / "vendor"
LOG = ROOT / ".cache" / f"install-{os.getpid()}.log"

RUN_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
UV_LOCK = ROOT / "requirements-uv.lock"
NODE_LOCK = ROOT / "requirements-node.lock"
NODE_FILES = (ROOT / "package.json", ROOT / "package-lock.json", NODE_LOCK)

#: Files served to readers: package file -> name in portal/static/vendor.
ASSETS = {
    "bootstrap/dist/css/bootstrap.min.css": "bootstrap.min.css",
    "bootstrap/dist/css/bootstrap.rtl.min.css": "bootstrap.rtl.min.css",
    "bootstrap/LICENSE": "bootstrap.LICENSE.txt",
}
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PACKED_CHROMIUM = ROOT / "node_modules" / "@sparticuz" / "chromium" / "bin" / "chromium.br"

#: What PDFs need: a shared library (any of the names) -> the Debian package that brings it.
PDF_LIBRARIES = (
    (("libpango-1.0.so.0", "libpango-1.0.0.dylib"), "libpango-1.0-0"),
    (("libpangoft2-1.0.so.0", "libpangoft2-1.0.0.dylib"), "libpangoft2-1.0-0"),
    (("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib"), "libharfbuzz-subset0"),
)
#: A font file that shows that the scripts are covered -> the Debian package that brings it.
PDF_FONTS = (("NotoSansArabic*", "fonts-noto-core"), ("NotoSansCJK*", "fonts-noto-cjk"))
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts", "~/Library/Fonts")

started = time.monotonic()


class SetupError(Exception):
    """The set-up cannot go on; the text says what the person can do."""


def say(text: str) -> None:
    """Print one line of progress with the seconds since the start."""
    print(f"[{time.monotonic() - started:6.1f} s] {text}", flush=True)


class Beat:
    """Shows that a long step is still alive: a running second on a terminal, else a line every 15 seconds."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.begun = time.monotonic()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        say(f"{self.title} …")
        self.thread.start()
        return self

    def __exit__(self, kind: object, *_rest: object) -> None:
        self.over.set()
        self.thread.join()
        if kind is None:
            say(f"{self.title}: done in {time.monotonic() - self.begun:.1f} s")

    def _beat(self) -> None:
        live = sys.stdout.isatty()
        while not self.over.wait(1 if live else 15):
            seconds = int(time.monotonic() - self.begun)
            if live:
                print(f"            … {seconds} s\r", end="", flush=True)
            else:
                say(f"  still at it ({seconds} s)")


def step(title: str, command: Sequence[str | Path], *, env: dict[str, str] | None = None, cwd: Path = ROOT) -> None:
    """Run a command with progress; its output is kept and shown only if it fails.

    Raises SetupError with the last lines of the output.
    """
    LOG.parent.mkdir(exist_ok=True)
    with Beat(title), LOG.open("ab") as log:
        begin = log.tell()
        code = subprocess.call(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env={**os.environ, **(env or {})},
        )
    if code:
        with LOG.open("rb") as log:
            log.seek(begin)
            lines = log.read().decode("utf-8", "replace").splitlines()
        tail = "\n".join("    " + line for line in lines[-40:])
        raise SetupError(f"{title} failed (exit code {code}):\n{tail}")


def fingerprint(files: Iterable[Path], *more: str) -> str:
    """Return a hash over the contents of files and further words: the stamp of a finished step."""
    digest = hashlib.sha256("\n".join(more).encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def stamped(name: str) -> str:
    """Return the stamp kept for a step, or an empty text."""
    file = VENV / f".portal-{name}"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def stamp(name: str, value: str) -> None:
    """Keep the stamp of a finished step; it lives in the environment and goes with it."""
    (VENV / f".portal-{name}").write_text(value, encoding="utf-8")


# ------------------------------------------------------------------------------------- system packages


def has_library(names: Sequence[str]) -> bool:
    """Tell whether one of the shared libraries can be loaded."""
    for name in names:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


def has_font(pattern: str) -> bool:
    """Tell whether a font file of that name is installed."""
    folders = (os.path.expanduser(folder) for folder in FONT_FOLDERS)
    return any(next(glob.iglob(f"{folder}/**/{pattern}", recursive=True), None) for folder in folders)


def missing_pdf_packages() -> list[str]:
    """Return the Debian packages that PDFs still need on this machine."""
    missing = [package for names, package in PDF_LIBRARIES if not has_library(names)]
    return missing + [package for pattern, package in PDF_FONTS if not has_font(pattern)]


def apt_prefix() -> list[str] | None:
    """Return what to put before apt-get, or None when packages cannot be installed without a question."""
    if os.environ.get("PORTAL_NO_APT") or not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    asked = subprocess.run(["sudo", "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return ["sudo", "-n"] if asked.returncode == 0 else None


def apt_install(what: str, packages: Sequence[str]) -> bool:
    """Install Debian packages if this account may; return whether it was done."""
    prefix = apt_prefix()
    if prefix is None:
        return False
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=120"]
    try:
        step("Refreshing the list of system packages", [*apt, "update", "-q"])
        step(f"Installing {what}", [*apt, "install", "-y", "-q", "--no-install-recommends", *packages])
    except SetupError as error:
        say(str(error))
        return False
    return True


def how_to_install(packages: Sequence[str]) -> str:
    """Return the command that a person with the right to do so can type."""
    return f"apt-get install -y --no-install-recommends {' '.join(packages)}"


def ensure_pdf(*, required: bool) -> None:
    """Install what PDFs need; without it say how to switch them on and go on, or stop if they are required."""
    packages = missing_pdf_packages()
    if not packages or (apt_install("libraries and fonts for PDFs", packages) and not missing_pdf_packages()):
        return
    advice = f"To switch PDFs on, type as root: {how_to_install(missing_pdf_packages())}"
    if required:
        raise SetupError(f"The tests make PDFs and some system packages are missing.\n{advice}")
    say("PDFs are off: libraries or fonts are missing. Everything else works; pages can be printed instead.")
    say(advice)


# ------------------------------------------------------------------------------------- Python packages


def check_python() -> None:
    """Refuse a Python that is too old, with the version found."""
    # Written for the interpreter at hand, whatever the linter's target version says.
    if tuple(sys.version_info) < (3, 11):
        raise SetupError(f"Python 3.11 or newer is needed; {sys.executable} is {sys.version.split()[0]}.")


def can_make_environments() -> bool:
    """Tell whether `python3 -m venv` works: Debian keeps a part of it in a package of its own."""
    code = subprocess.call([sys.executable, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL)
    return code == 0


def environment_works() -> bool:
    """Tell whether .venv is there with a Python that is new enough and has pip."""
    code = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    python = BIN / "python"
    return python.exists() and subprocess.call([python, "-c", code], stderr=subprocess.DEVNULL) == 0


def ensure_environment() -> None:
    """Make .venv with uv in it, or keep the one that works."""
    if not environment_works():
        if not can_make_environments():
            package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
            if not (apt_install("Python's venv", [package]) and can_make_environments()):
                raise SetupError(f"Python's venv module is missing. Type as root: {how_to_install([package])}")
        step("Making the Python environment", [sys.executable, "-m", "venv", "--clear", VENV])
    wanted = fingerprint([UV_LOCK])
    if stamped("environment") != wanted or not (BIN / "uv").exists():
        pip = [str(BIN / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        step("Installing the package installer", [*pip, "--require-hashes", "-r", UV_LOCK])
        stamp("environment", wanted)


def ensure_packages(*, development: bool) -> None:
    """Install exactly the locked packages. The development set contains the run-time set and serves both."""
    dev, run = fingerprint([DEV_LOCK], "dev"), fingerprint([RUN_LOCK], "run")
    if stamped("packages") in ((dev,) if development else (dev, run)):
        return
    lock = DEV_LOCK if development else RUN_LOCK
    step(
        f"Installing {'development' if development else 'run-time'} packages",
        [BIN / "uv", "pip", "sync", "--python", BIN / "python", "--require-hashes", "--no-progress", lock],
    )
    stamp("packages", dev if development else run)
    link_application()


def link_application() -> None:
    """Make `portal` and `forms` importable in the environment and put the `portal` command beside its Python.

    The application always runs from this folder (templates, translations and migrations lie beside the code), so a
    path file and a three-line script do, and no build tool has to be fetched.
    """
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.check_output([BIN / "python", "-c", code], text=True).strip())
    (packages / "city_grants_portal.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    command = BIN / "portal"
    python = BIN / "python"
    command.write_text(
        f"#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\n"
        "import sys\n\nfrom portal.cli import main\n\nsys.exit(main())\n",
        encoding="utf-8",
    )
    command.chmod(0o755)


# ------------------------------------------------------------------------------------- web assets, catalogues


def npm_install(npm_bin: Path, flags: Sequence[str]) -> None:
    """Fetch the locked npm packages; nothing of theirs is executed (see .npmrc)."""
    env = {"PATH": f"{npm_bin}{os.pathsep}{os.environ['PATH']}"}
    if bundle := os.environ.get("SSL_CERT_FILE"):  # npm alone does not look there, and fails behind a firm's proxy
        env["NODE_EXTRA_CA_CERTS"] = os.environ.get("NODE_EXTRA_CA_CERTS", bundle)
    step("Fetching style sheets", [npm_bin / "npm", "ci", "--no-progress", *flags], env=env)


def fetch_node_packages(flags: Sequence[str]) -> None:
    """Run npm: from the environment when it is there, else from one that is thrown away afterwards."""
    if (BIN / "npm").exists():
        npm_install(BIN, flags)
        return
    with tempfile.TemporaryDirectory(prefix="city-grants-node-") as folder:
        node = Path(folder) / "venv"
        step("Making room for npm", [BIN / "uv", "venv", "--quiet", "--python", BIN / "python", node])
        step(
            "Fetching npm (used once, then removed)",
            [BIN / "uv", "pip", "sync", "--python", node / "bin" / "python", "--require-hashes", NODE_LOCK],
        )
        npm_install(node / "bin", flags)


def copy_assets() -> None:
    """Copy the served files beside our own static files, each with a compressed twin."""
    STATIC.mkdir(parents=True, exist_ok=True)
    for source, name in ASSETS.items():
        content = (ROOT / "node_modules" / source).read_bytes()
        (STATIC / name).write_bytes(content)
        (STATIC / f"{name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))


def find_chromium() -> str | None:
    """Return a browser installed on this machine."""
    given = os.environ.get("CHROMIUM")
    if given:
        return given
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


def ensure_assets(*, development: bool) -> None:
    """Put the style sheets in place; for the tests also the accessibility checker and, if need be, a browser."""
    flags = ["--omit=dev", "--omit=optional"]
    needed = [STATIC / name for name in ASSETS.values()]
    if development:
        flags = ["--omit=optional"]
        needed.append(AXE)
        if find_chromium() is None:
            flags = []
            needed.append(PACKED_CHROMIUM)
    wanted = fingerprint(NODE_FILES, *ASSETS)
    if stamped("assets") == wanted and all(file.exists() for file in needed):
        return
    fetch_node_packages(flags)
    copy_assets()
    stamp("assets", wanted)


def stale_catalogues() -> list[Path]:
    """Return the translations whose compiled form is missing or older."""
    sources = sorted((ROOT / "translations").glob("*/LC_MESSAGES/*.po"))
    compiled = [(source, source.with_suffix(".mo")) for source in sources]
    return [po for po, mo in compiled if not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime]


def ensure_catalogues() -> None:
    """Compile the translations that changed."""
    stale = stale_catalogues()
    if not stale:
        return
    with Beat(f"Compiling {len(stale)} translation{'s' if len(stale) > 1 else ''}"):
        pybabel = [str(BIN / "pybabel"), "-q", "compile"]
        for po in stale:
            command = [*pybabel, "-i", str(po), "-o", str(po.with_suffix(".mo")), "-l", po.parent.parent.name]
            if subprocess.call(command, stdin=subprocess.DEVNULL):
                raise SetupError(f"{po} cannot be compiled; the lines above say why.")


# ------------------------------------------------------------------------------------- the commands


def setup(*, development: bool) -> None:
    """Install everything the portal needs, or everything the tests need."""
    check_python()
    ensure_environment()
    ensure_packages(development=development)
    ensure_assets(development=development)
    ensure_catalogues()
    ensure_pdf(required=development)


def run() -> None:
    """Set up, bring the database up to date, load the demonstration once, and serve."""
    setup(development=False)
    portal = str(BIN / "portal")
    # One process for both: starting Python with the whole portal costs more than either.
    step("Bringing the database up to date, with the demonstration", [portal, "db", "upgrade", "--demo"])
    say("Starting the server")
    LOG.unlink(missing_ok=True)
    os.execv(portal, [portal, "serve"])  # noqa: S606 - this process has nothing left to do


def ensure_programs() -> None:
    """Install the programs that tests start, when this account may; without a browser npm's packed one is fetched.

    :raises SetupError: without git, which tells the project's own files from all others.
    """
    if find_chromium() is None:
        apt_install("Chromium", ["chromium"])
    if not shutil.which("git") and not (apt_install("git", ["git"]) and shutil.which("git")):
        raise SetupError(f"The tests ask git for the project's files. Type as root: {how_to_install(['git'])}")


def test(arguments: Sequence[str]) -> int:
    """Set up for development and run everything; pytest's own summary is the last line.

    Lint, types and import contracts are tests too (tests/architecture/test_quality.py). Arguments go to pytest.
    """
    check_python()
    ensure_programs()
    setup(development=True)
    LOG.unlink(missing_ok=True)
    workers = [] if any(word.startswith("-n") for word in arguments) else ["-n", "2", "--dist", "worksteal"]
    say("Running the tests")
    os.chdir(ROOT)
    os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return subprocess.call([BIN / "python", "-m", "pytest", *workers, *arguments], stdin=subprocess.DEVNULL)


def main(words: Sequence[str]) -> int:
    """Run one of the commands; return the exit code."""
    command, *rest = words or ["help"]
    try:
        if command == "run":
            run()
        elif command == "setup":
            setup(development="--dev" in rest)
            LOG.unlink(missing_ok=True)
        elif command == "test":
            return test(rest)
        else:
            print(__doc__)
            return 0 if command == "help" else 2
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
