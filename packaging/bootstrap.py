#!/usr/bin/env python3
"""Set GANStudio up beside its sources, then start it or check it.

It needs nothing but Python 3.11 or newer: it makes a virtual environment in ``.venv``, installs the package and what
the package needs into it, and on Debian and Ubuntu also the system packages that are missing, where it may. A second
call finds all that done and starts at once; a set-up that was interrupted is repaired.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import hashlib
import importlib.util
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
GB = 1_000_000_000

TORCH_REQUIREMENT = "torch>=2.9,<2.15"
FIRST_RUN_FOLDER = "ganstudio-first-run"
FIRST_RUN_SECONDS = 60

# What Qt's widgets and its X11 platform load, and the Debian package that each comes from.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libbrotlidec.so.1": "libbrotli1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
WAYLAND_LIBRARIES = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}

EPILOG = f"""\
Other arguments are passed on: 'run' gives them to 'ganstudio studio', 'test' to pytest ('--' ends this program's own).

The PyTorch that is installed by default on 64-bit Linux PCs brings NVIDIA's libraries, several gigabytes. Without an
NVIDIA card the CPU-only build does the same in a quarter of the space. Where it can be had, name the place, either the
package index that PyTorch's own install page shows for "CPU" or a folder with the wheel in it:

    python3 packaging/bootstrap.py run --torch-index URL-OR-FOLDER

or set GANSTUDIO_TORCH_INDEX. The choice is remembered in .venv; naming another one makes .venv anew.

On Linux without a display, 'run' trains the default recipe for {FIRST_RUN_SECONDS} seconds on Qt's offscreen
platform and leaves a screenshot in ./{FIRST_RUN_FOLDER}.
"""


class SetupError(Exception):
    """Something that keeps GANStudio from being set up, said as a sentence with the way out."""


def say(text: str) -> None:
    """Tell the person what happens now."""
    print(text, flush=True)


def complain(text: str) -> None:
    """Tell the person what went wrong."""
    print(f"bootstrap: {text}", file=sys.stderr, flush=True)


# ---------------------------------------------------------------------------------------------------- the command line


@dataclass(frozen=True)
class Request:
    """What the person asked for."""

    command: str
    arguments: tuple[str, ...] = ()
    torch_index: str = ""
    development: bool = False
    check_system: bool = True

    @property
    def extras(self) -> tuple[str, ...]:
        """The optional dependencies that the command needs."""
        return ("dev",) if self.command == "test" or self.development else ()


def parse(argv: Sequence[str], environment: Mapping[str, str]) -> Request:
    """Read the command line; whatever is not ours is kept for the program that is started."""
    parser = argparse.ArgumentParser(
        prog="bootstrap.py",
        usage="python3 packaging/bootstrap.py {run,test,setup} [OPTIONS] [ARGUMENTS...]",
        description="Set GANStudio up in .venv beside its sources, then start it or check it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "command",
        choices=("run", "test", "setup"),
        help="run: open the studio; test: run linters, type checks, import contracts and tests; setup: only set up",
    )
    parser.add_argument(
        "--torch-index",
        metavar="URL-OR-FOLDER",
        default=environment.get("GANSTUDIO_TORCH_INDEX", ""),
        help="install PyTorch from this package index or folder of wheels (default: $GANSTUDIO_TORCH_INDEX, or else "
        "from where everything else comes)",
    )
    parser.add_argument("--dev", action="store_true", help="also install what development needs ('test' always does)")
    parser.add_argument(
        "--skip-system-check",
        action="store_true",
        help="neither look for nor install system packages",
    )
    own, passed_on = list(argv), []
    if "--" in own:
        cut = own.index("--")
        own, passed_on = own[:cut], own[cut + 1 :]
    known, unknown = parser.parse_known_args(own)
    arguments = (*unknown, *passed_on)
    if known.command == "setup" and arguments:
        parser.error(f"setup takes no further arguments: {shlex.join(arguments)}")
    return Request(
        command=known.command,
        arguments=arguments,
        torch_index=known.torch_index,
        development=known.dev,
        check_system=not known.skip_system_check,
    )


def require_python(version: tuple[int, int], command_line: Sequence[str]) -> None:
    """Refuse a Python that is too old, and name a newer one if there is one."""
    if version >= OLDEST_PYTHON:
        return
    needed, found = (".".join(map(str, numbers)) for numbers in (OLDEST_PYTHON, version))
    newer = next((name for minor in range(14, 10, -1) if shutil.which(name := f"python3.{minor}")), None)
    way_out = f"Call it with {newer}: {newer} {shlex.join(command_line)}" if newer else f"Install Python {needed}."
    raise SetupError(f"GANStudio needs Python {needed} or newer, and this is Python {found}. {way_out}")


# ---------------------------------------------------------------------------------------------------- the system below


def library_loads(name: str) -> bool:
    """Tell whether the dynamic loader finds this library, together with all that it needs."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def missing_libraries(environment: Mapping[str, str], loads: Callable[[str], bool] = library_loads) -> dict[str, str]:
    """Return Qt's system libraries that are not there, each with its Debian package."""
    wanted = QT_LIBRARIES | (WAYLAND_LIBRARIES if environment.get("WAYLAND_DISPLAY") else {})
    return {library: package for library, package in wanted.items() if not loads(library)}


def can_make_venvs() -> bool:
    """Tell whether this Python can make virtual environments: Debian packs that part separately."""
    importlib.invalidate_caches()
    return all(importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip"))


def root_prefix() -> list[str] | None:
    """Return what to put before a command to run it as root without a password, or None if that is not allowed."""
    if sys.platform != "win32" and os.geteuid() == 0:
        return []
    if shutil.which("sudo") and succeeds(["sudo", "-n", "true"]):
        return ["sudo", "-n"]
    return None


def succeeds(command: Sequence[str]) -> bool:
    """Run a command out of sight and tell whether it ended well."""
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def apt_command_for_people(packages: Sequence[str]) -> str:
    """Return the one line that installs these packages by hand."""
    install = f"apt-get install -y --no-install-recommends {shlex.join(packages)}"
    if shutil.which("sudo") is None:
        return f"su -c 'apt-get update && {install}'"
    return f"sudo apt-get update && sudo {install}"


def apt_install(packages: Sequence[str], prefix: Sequence[str]) -> None:
    """Install Debian packages without asking anything."""
    say(f"Installing system packages: {' '.join(packages)}")
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=120"]
    subprocess.run([*apt, "update"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    install = [*apt, "install", "-y", "--no-install-recommends", *packages]
    if subprocess.run(install, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False).returncode != 0:
        raise SetupError(
            "apt-get could not install them; its own words stand above. If this machine is offline, connect it and "
            f"call this again; else install them by hand:\n  {apt_command_for_people(packages)}"
        )


def require_system(makes_venv: bool, environment: Mapping[str, str]) -> None:
    """See to it that Python can make virtual environments and that Qt finds its libraries (Linux only)."""
    libraries = missing_libraries(environment)
    lacks_venv = makes_venv and not can_make_venvs()
    packages = sorted(set(libraries.values()))
    if lacks_venv:
        packages.insert(0, "python{}.{}-venv".format(*sys.version_info[:2]))
    if not packages:
        return
    if shutil.which("apt-get") is None:
        raise SetupError(missing_without_apt(lacks_venv, libraries))
    prefix = root_prefix()
    if prefix is None:
        raise SetupError(
            "these system packages are missing, and installing them needs your password. Install them, then call "
            f"this again:\n  {apt_command_for_people(packages)}"
        )
    apt_install(packages, prefix)
    if makes_venv and not can_make_venvs():
        raise SetupError(
            f"{sys.executable} still cannot make virtual environments (no ensurepip). Call this with your "
            "distribution's own python3, or with a Python from python.org."
        )


def missing_without_apt(lacks_venv: bool, libraries: Mapping[str, str]) -> str:
    """Say what is missing on a Linux whose package names we do not know."""
    parts = []
    if lacks_venv:
        parts.append("this Python's venv and ensurepip modules")
    if libraries:
        parts.append(f"these libraries of Qt: {', '.join(sorted(libraries))}")
    return (
        f"missing are {' and '.join(parts)}. Install them with your distribution's package manager, then call this "
        "again. (--skip-system-check goes on without looking.)"
    )


# ---------------------------------------------------------------------------------------------------- space on the disk


@dataclass(frozen=True)
class Footprint:
    """What an installation takes, in bytes."""

    download: float
    disk: float


def expected_footprint(system: str, machine: str, torch_index: str, extras: Sequence[str]) -> Footprint:
    """Return about what a first installation downloads and what it takes on disk (measured, rounded up)."""
    brings_cuda = system == "Linux" and machine in ("x86_64", "AMD64") and not torch_index
    download, disk = (3.1, 6.2) if brings_cuda else (0.5, 1.6)
    if "dev" in extras:
        download, disk = download + 0.1, disk + 0.4
    return Footprint(download * GB, disk * GB)


def existing_parent(path: Path) -> Path:
    """Return the nearest folder above that exists."""
    return next(parent for parent in (path, *path.parents) if parent.exists())


def require_space(folder: Path, footprint: Footprint, free: float, offer_cpu_build: bool) -> bool:
    """Refuse, with the numbers, if the disk is too small; return whether there is room for pip's cache as well."""
    needed = footprint.disk + footprint.download  # what was downloaded is deleted only after it was installed
    if free < needed:
        cpu = " The CPU-only PyTorch takes a quarter of that: see --torch-index in --help." if offer_cpu_build else ""
        raise SetupError(
            f"setting up needs {needed / GB:.1f} GB free on the disk of {folder} ({footprint.disk / GB:.1f} GB to "
            f"stay, {footprint.download / GB:.1f} GB while it installs), and {free / GB:.1f} GB are free. Free "
            f"{(needed - free) / GB:.1f} GB, or move this folder to a larger disk, and call this again.{cpu}"
        )
    return free >= needed + footprint.download


# ---------------------------------------------------------------------------------------------------- the environment


@dataclass(frozen=True)
class Stamp:
    """What stands in .venv; kept there as JSON, and written as complete only after everything else."""

    project: str
    python: str
    machine: str
    location: str
    extras: tuple[str, ...]
    torch_index: str
    complete: bool = True


def read_stamp(path: Path) -> Stamp | None:
    """Return the stamp, or None if there is none that can be understood."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return Stamp(**{**values, "extras": tuple(values["extras"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_stamp(path: Path, stamp: Stamp) -> None:
    """Write the stamp in one piece."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(asdict(stamp), indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)


def wanted_stamp(root: Path, request: Request, present: Stamp | None) -> Stamp:
    """Return the stamp that a finished set-up would have; what is there already and not renounced is kept."""
    return Stamp(
        project=hashlib.sha256((root / "pyproject.toml").read_bytes()).hexdigest(),
        python="{}.{}".format(*sys.version_info[:2]),
        machine=platform.machine(),
        location=str(root / ".venv"),
        extras=tuple(sorted({*request.extras, *(present.extras if present else ())})),
        torch_index=resolved_place(request.torch_index) or (present.torch_index if present else ""),
    )


def resolved_place(place: str) -> str:
    """Return the name of an index as it is, that of a folder as an absolute path."""
    return str(Path(place).resolve()) if place and Path(place).is_dir() else place


READY, UPDATE, MAKE = "ready", "update", "make"


def decide(present: Stamp | None, wanted: Stamp, python_runs: bool) -> str:
    """Tell what has to be done: nothing, install into the environment that is there, or make it anew."""
    if not python_runs:
        return MAKE
    if present is None:
        return UPDATE  # somebody made it by hand
    if present == wanted:
        return READY
    if not present.complete:
        return MAKE
    return UPDATE if replace(present, project=wanted.project, extras=wanted.extras) == wanted else MAKE


@dataclass(frozen=True)
class Environment:
    """The virtual environment beside the sources."""

    root: Path

    @property
    def folder(self) -> Path:
        """Where it stands."""
        return self.root / ".venv"

    @property
    def stamp(self) -> Path:
        """The file that tells what stands in it."""
        return self.folder / "ganstudio-setup.json"

    def program(self, name: str) -> Path:
        """Return the path of one of its programs."""
        if os.name == "nt":
            return self.folder / "Scripts" / f"{name}.exe"
        return self.folder / "bin" / name

    def python_runs(self) -> bool:
        """Tell whether its Python can be run: not if the folder was moved or the Python below it is gone."""
        script = "import sys; print(sys.prefix, sys.prefix != sys.base_prefix)"
        try:
            result = subprocess.run(
                [self.program("python"), "-I", "-c", script], capture_output=True, text=True, check=False
            )
        except OSError:
            return False
        return result.returncode == 0 and result.stdout.split()[-1:] == ["True"]

    def require_ours(self) -> None:
        """Refuse to replace a folder that is not a virtual environment."""
        is_environment = (self.folder / "pyvenv.cfg").exists() or self.stamp.exists()
        if self.folder.is_dir() and any(self.folder.iterdir()) and not is_environment:
            raise SetupError(f"{self.folder} is in the way: it is not a virtual environment. Move it elsewhere.")

    def remove(self) -> None:
        """Delete it, renamed first: what an interrupted deletion leaves must not look like somebody's own folder."""
        if self.folder.is_symlink():
            self.folder.unlink()
        doomed = self.folder.with_name(".venv.old")
        try:
            if doomed.exists():
                shutil.rmtree(doomed)
            if self.folder.exists():
                self.folder.rename(doomed)
                shutil.rmtree(doomed)
        except PermissionError as error:
            raise SetupError(
                f"{self.folder} must be made anew but cannot be deleted ({error.strerror}: {error.filename}). "
                "Close GANStudio if it is open, or delete the folder by hand."
            ) from error

    def create(self, stamp: Stamp) -> None:
        """Make it, marked as unfinished from the first moment."""
        self.folder.mkdir(parents=True)
        write_stamp(self.stamp, replace(stamp, complete=False))
        base_python = getattr(sys, "_base_executable", "") or sys.executable
        result = subprocess.run(
            [base_python, "-m", "venv", str(self.folder)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=clean_environment(os.environ),
            check=False,
        )
        if result.returncode != 0:
            last = (result.stdout + result.stderr).strip().splitlines()[-1:]
            raise SetupError(f"{base_python} could not make a virtual environment in {self.folder}: {' '.join(last)}")


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without what would lead Python or pip out of the virtual environment."""
    misleading = {"PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "__PYVENV_LAUNCHER__"}
    return {**{name: value for name, value in environment.items() if name not in misleading}, "PIP_USER": "0"}


@contextlib.contextmanager
def set_up_lock(path: Path) -> Iterator[int]:
    """Let one set-up at a time work here; the operating system frees the lock however its holder ends."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise SetupError(
            f"{path.parent} cannot be written to ({error.strerror}). Copy GANStudio to a folder of your own and call "
            "this from there."
        ) from error
    try:
        if not lock(descriptor, wait=False):
            say("GANStudio is already being set up here by another call; waiting for it.")
            while not lock(descriptor, wait=True):
                pass
        yield descriptor
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def lock(descriptor: int, wait: bool) -> bool:
        """Lock the file; tell whether that was possible (waiting at most ten seconds)."""
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def lock(descriptor: int, wait: bool) -> bool:
        """Lock the file; tell whether that was possible."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks: go on as if alone
            return True
        return True


# ---------------------------------------------------------------------------------------------------- installing


def torch_source(place: str) -> list[str]:
    """Return pip's options for taking packages from one place only: an index, or a folder of wheels."""
    if Path(place).is_dir():
        return ["--no-index", "--find-links", place]
    return ["--index-url", place]


def install_steps(stamp: Stamp) -> list[list[str]]:
    """Return the arguments of 'pip install', call by call.

    A PyTorch from a place of its own is installed first and alone, so that nothing else can come from there.
    """
    extras = f"[{','.join(stamp.extras)}]" if stamp.extras else ""
    package = ["--editable", f".{extras}"]
    if not stamp.torch_index:
        return [package]
    return [["--no-deps", *torch_source(stamp.torch_index), TORCH_REQUIREMENT], package]


def explain_pip_failure(output: str, folder: Path) -> str:
    """Turn what pip said into one sentence and a way out."""
    again = "call this again: what was downloaded is kept"
    network_signs = (
        "NewConnectionError",
        "Max retries exceeded",
        "Temporary failure in name resolution",
        "ReadTimeoutError",
        "ConnectTimeoutError",
        "ProxyError",
        "Connection broken",
        "ConnectionResetError",
        "Network is unreachable",
        "Could not fetch URL",
    )
    if "No space left on device" in output or "Errno 28" in output:
        return f"the disk of {folder} is full. Free some space and {again}."
    if "CERTIFICATE_VERIFY_FAILED" in output:
        return "the package index's certificate is not trusted here. Behind a company proxy, set PIP_CERT to its file."
    if any(sign in output for sign in network_signs):
        return f"the package index cannot be reached. Check the network (and your proxy, if any), then {again}."
    if "Permission denied" in output or "Errno 13" in output:
        return f"{folder} cannot be written to. Copy GANStudio to a folder of your own and call this from there."
    if "No matching distribution found for torch" in output:
        bits = "64-bit" if sys.maxsize > 2**32 else "32-bit"
        return (
            f"there is no PyTorch for this Python ({platform.python_version()}, {bits}, {platform.system()} on "
            f"{platform.machine()}). Use a 64-bit Python 3.11 to 3.13."
        )
    return f"pip could not install GANStudio; its own words stand above. Delete {folder} to begin afresh."


def stream_and_keep(source: IO[str], lines: deque[str]) -> None:
    """Show what a program complains about while it does, and keep the last of it."""
    for line in source:
        sys.stderr.write(line)
        sys.stderr.flush()
        lines.append(line)


def run_pip(environment: Environment, arguments: Sequence[str], lock_descriptor: int) -> None:
    """Run 'pip install', its progress on the terminal; raise a sentence if it fails.

    The lock is inherited, so that it holds until pip has ended even if we are killed.
    """
    temporary = environment.folder / "tmp"  # /tmp is small on many machines
    temporary.mkdir(exist_ok=True)
    variables = clean_environment(os.environ) | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    if os.name == "posix":
        variables["TMPDIR"] = str(temporary)
    progress = "on" if sys.stdout.isatty() else "off"
    options = ["--no-input", "--progress-bar", progress]
    command = [str(environment.program("python")), "-m", "pip", "install", *options, *arguments]
    kept: deque[str] = deque(maxlen=200)
    process = subprocess.Popen(
        command,
        cwd=environment.root,
        env=variables,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        pass_fds=(lock_descriptor,) if os.name == "posix" else (),
    )
    assert process.stderr is not None
    reader = threading.Thread(target=stream_and_keep, args=(process.stderr, kept), daemon=True)
    reader.start()
    try:
        code = process.wait()
    except KeyboardInterrupt:
        stop(process)
        raise
    reader.join()
    shutil.rmtree(temporary, ignore_errors=True)
    if code != 0:
        raise SetupError(explain_pip_failure("".join(kept), environment.folder))


def stop(process: subprocess.Popen[str]) -> None:
    """See to it that a program that we started ends; it has heard Ctrl+C as well, and may be cleaning up."""
    for act in (process.terminate, process.kill):
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            act()
    process.wait()


def require_working(environment: Environment) -> None:
    """Prove that the package and Qt's widgets can be imported from the new environment."""
    result = subprocess.run(
        [str(environment.program("python")), "-c", "import ganstudio, PySide6.QtWidgets"],
        cwd=environment.folder,
        env=clean_environment(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise SetupError(f"everything is installed, but it cannot be loaded: {reason}")


def announce(footprint: Footprint, folder: Path, free: float, offer_cpu_build: bool) -> None:
    """Say how much will be downloaded before it is."""
    say(
        f"Setting GANStudio up in {folder}: about {footprint.download / GB:.1f} GB to download, "
        f"{footprint.disk / GB:.1f} GB on disk ({free / GB:.0f} GB are free). This happens once."
    )
    if offer_cpu_build:
        say("Most of that is for NVIDIA cards; --help tells how to take the small CPU-only PyTorch (Ctrl+C stops).")


def set_up(request: Request, root: Path = ROOT) -> Environment:
    """Bring the environment to what the command needs, and return it."""
    environment = Environment(root)
    present = read_stamp(environment.stamp)
    wanted = wanted_stamp(root, request, present)
    action = decide(present, wanted, environment.python_runs())
    if request.check_system and sys.platform.startswith("linux"):
        require_system(makes_venv=action == MAKE, environment=os.environ)
    if action == READY:
        return environment
    with set_up_lock(root / ".venv.lock") as descriptor:
        present = read_stamp(environment.stamp)  # another call may have been at work
        wanted = wanted_stamp(root, request, present)
        action = decide(present, wanted, environment.python_runs())
        try:
            if action == MAKE:
                make(environment, wanted, descriptor)
            elif action == UPDATE:
                update(environment, present, wanted, descriptor)
        except OSError as error:
            raise SetupError(f"setting up {environment.folder} failed: {error}.") from error
    return environment


def make(environment: Environment, wanted: Stamp, lock_descriptor: int) -> None:
    """Make the environment from nothing."""
    environment.require_ours()
    environment.remove()
    footprint = expected_footprint(platform.system(), platform.machine(), wanted.torch_index, wanted.extras)
    default = expected_footprint(platform.system(), platform.machine(), "", wanted.extras)
    offer_cpu_build = not wanted.torch_index and default.disk > 4 * GB
    free = shutil.disk_usage(existing_parent(environment.folder)).free
    roomy = require_space(environment.root, footprint, free, offer_cpu_build)
    announce(footprint, environment.folder, free, offer_cpu_build)
    environment.create(wanted)
    install(environment, wanted, lock_descriptor, keep_downloads=roomy)


def update(environment: Environment, present: Stamp | None, wanted: Stamp, lock_descriptor: int) -> None:
    """Install what changed into the environment that is there."""
    say(f"Bringing {environment.folder} up to date.")
    if present is not None:
        write_stamp(environment.stamp, replace(present, complete=False))
    try:
        install(environment, wanted, lock_descriptor, keep_downloads=True)
    except SetupError:
        if present is not None:  # pip undoes what it could not finish: what was there still is
            write_stamp(environment.stamp, present)
        raise


def install(environment: Environment, wanted: Stamp, lock_descriptor: int, keep_downloads: bool) -> None:
    """Install the package and what it needs, prove that it works, and only then stamp it as complete."""
    options = [] if keep_downloads else ["--no-cache-dir"]
    for step in install_steps(wanted):
        run_pip(environment, [*options, *step], lock_descriptor)
    require_working(environment)
    write_stamp(environment.stamp, wanted)


# ---------------------------------------------------------------------------------------------------- what it is for


def has_display(system: str, environment: Mapping[str, str]) -> bool:
    """Tell whether a window would be seen. Another Qt platform that was chosen by hand counts as one."""
    if not system.startswith("linux"):
        return True
    if environment.get("QT_QPA_PLATFORM", "").split(":")[0] not in ("", "offscreen", "minimal"):
        return True
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def first_run_arguments(arguments: Sequence[str], folder: Path) -> list[str]:
    """Return the studio's arguments for a machine without a display; what the person chose stays."""
    given = {argument.split("=")[0] for argument in arguments}
    added: list[str] = []
    if "--start" not in given:
        added.append("--start")
    if "--for" not in given:
        added += ["--for", str(FIRST_RUN_SECONDS)]
    if "--screenshot" not in given:
        added += ["--screenshot", str(folder / "studio.png")]
    return [*added, *arguments]


def run_studio(environment: Environment, arguments: Sequence[str]) -> int:
    """Open the studio, or let it do its work unseen where there is no display."""
    variables = clean_environment(os.environ)
    studio = [str(environment.program("ganstudio")), "studio"]
    if has_display(sys.platform, os.environ):
        return hand_over([*studio, *arguments], variables)
    folder = Path(FIRST_RUN_FOLDER).resolve()
    complete = first_run_arguments(arguments, folder)
    what_happens = "the studio works on Qt's offscreen platform"
    if str(folder / "studio.png") in complete:
        what_happens += f" and leaves a picture of its window in {folder}"
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise SetupError(
                f"{folder} cannot be made ({error.strerror}). Call this from a folder that you may write to, or name "
                "another file with --screenshot."
            ) from error
    if "--for" not in {argument.split("=")[0] for argument in arguments}:
        what_happens += f", after {FIRST_RUN_SECONDS} seconds of training"
    say(f"There is no display (DISPLAY and WAYLAND_DISPLAY are empty): {what_happens}.")
    return hand_over([*studio, *complete], {**variables, "QT_QPA_PLATFORM": "offscreen"})


def hand_over(command: Sequence[str], variables: Mapping[str, str]) -> int:
    """Become the program, or where that cannot be, run it to its end whatever keys are pressed."""
    sys.stdout.flush()
    if os.name == "posix":
        os.execve(command[0], list(command), dict(variables))
    process = subprocess.Popen(command, env=variables)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the program hears it too, saves, and ends by itself
            continue


def checks(environment: Environment, pytest_arguments: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Return everything that must hold of a change, pytest last."""
    python = str(environment.program("python"))
    return [
        ("ruff check", [python, "-m", "ruff", "check"]),
        ("ruff format", [python, "-m", "ruff", "format", "--check"]),
        ("mypy", [python, "-m", "mypy"]),
        ("import contracts", [str(environment.program("lint-imports")), "--no-logo"]),
        ("pytest", [python, "-m", "pytest", "--numprocesses=auto", *pytest_arguments]),
    ]


def run_checks(environment: Environment, pytest_arguments: Sequence[str]) -> int:
    """Run all checks, whatever the earlier ones said; return 0 only if all passed."""
    results: dict[str, int] = {}
    planned = checks(environment, pytest_arguments)
    for name, command in planned:
        if name == planned[-1][0]:
            say("")
            for earlier, code in results.items():
                say(f"{'passed' if code == 0 else 'FAILED'}  {earlier}")
        say(f"\n== {name}")
        results[name] = subprocess.run(
            command, cwd=environment.root, env=clean_environment(os.environ), stdin=subprocess.DEVNULL, check=False
        ).returncode
    failed = [name for name, code in results.items() if code != 0]
    if failed:
        complain(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


def main(argv: Sequence[str]) -> int:
    """Do what the command line says; return the exit code."""
    try:
        require_python(sys.version_info[:2], ["packaging/bootstrap.py", *argv])
        request = parse(argv, os.environ)
        environment = set_up(request)
        if request.command == "run":
            return run_studio(environment, request.arguments)
        if request.command == "test":
            return run_checks(environment, request.arguments)
        say(f"GANStudio is set up. Start it with: {shlex.quote(str(environment.program('ganstudio')))}")
    except SetupError as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
