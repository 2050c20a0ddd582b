"""The set-up program: what it decides, refuses and starts, without network and without touching the system."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "packaging" / "bootstrap.py"
GB = 10**9


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ganstudio_bootstrap", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


bootstrap = load()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a pyproject.toml, as small as can be."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text("[project]\nname = 'ganstudio'\n")
    return root


@pytest.fixture
def ready(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that is set up, as far as its stamp tells."""
    monkeypatch.setattr(bootstrap.Environment, "python_runs", lambda self: True)
    environment = bootstrap.Environment(project)
    environment.folder.mkdir()
    (environment.folder / "pyvenv.cfg").touch()
    bootstrap.write_stamp(environment.stamp, bootstrap.wanted_stamp(project, bootstrap.Request("run"), None))
    return project


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Instead of pip, a list of what it was asked."""
    calls: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "run_pip", lambda environment, arguments, lock: calls.append(list(arguments)))
    monkeypatch.setattr(bootstrap, "require_working", lambda environment: None)
    monkeypatch.setattr(bootstrap, "require_system", lambda makes_venv, environment: None)
    return calls


# ---------------------------------------------------------------------------------------------------- command line


def test_unknown_arguments_are_passed_on() -> None:
    request = bootstrap.parse(["run", "--run", "some/where", "--for", "5"], {})
    assert request.command == "run"
    assert request.arguments == ("--run", "some/where", "--for", "5")


def test_own_options_are_not_passed_on_unless_after_two_dashes() -> None:
    request = bootstrap.parse(["test", "--torch-index", "place", "-k", "word", "--", "--dev", "--help"], {})
    assert request.torch_index == "place"
    assert request.arguments == ("-k", "word", "--dev", "--help")
    assert not request.development


def test_torch_index_comes_from_the_environment_too() -> None:
    assert bootstrap.parse(["setup"], {"GANSTUDIO_TORCH_INDEX": "place"}).torch_index == "place"
    assert bootstrap.parse(["setup", "--torch-index", "b"], {"GANSTUDIO_TORCH_INDEX": "a"}).torch_index == "b"


def test_only_the_checks_need_development_tools() -> None:
    assert bootstrap.parse(["run"], {}).extras == ()
    assert bootstrap.parse(["test"], {}).extras == ("dev",)
    assert bootstrap.parse(["setup", "--dev"], {}).extras == ("dev",)


def test_setup_refuses_arguments_it_would_ignore(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bootstrap.parse(["setup", "--start"], {})
    assert ended.value.code == 2
    assert "--start" in capsys.readouterr().err


def test_too_old_python_is_refused_and_a_newer_one_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: "/bin/it" if name == "python3.12" else None)
    with pytest.raises(bootstrap.SetupError, match=r"3\.11 or newer.*this is Python 3\.9.*python3\.12 x\.py run"):
        bootstrap.require_python((3, 9), ["x.py", "run"])
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    with pytest.raises(bootstrap.SetupError, match=r"Install Python 3\.11"):
        bootstrap.require_python((3, 10), ["x.py", "run"])
    bootstrap.require_python((3, 11), [])
    bootstrap.require_python((3, 14), [])


def test_it_can_be_read_by_a_python_that_it_refuses() -> None:
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 8))


# ---------------------------------------------------------------------------------------------------- system packages


def test_missing_libraries_are_named_with_their_packages() -> None:
    absent = {"libEGL.so.1", "libxcb-cursor.so.0", "libwayland-client.so.0"}
    found = bootstrap.missing_libraries({}, loads=lambda name: name not in absent)
    assert found == {"libEGL.so.1": "libegl1", "libxcb-cursor.so.0": "libxcb-cursor0"}
    on_wayland = bootstrap.missing_libraries({"WAYLAND_DISPLAY": "wayland-0"}, loads=lambda name: name not in absent)
    assert on_wayland["libwayland-client.so.0"] == "libwayland-client0"


def test_without_rights_the_exact_command_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "library_loads", lambda name: True)
    monkeypatch.setattr(bootstrap, "missing_libraries", lambda environment: {"libGL.so.1": "libgl1"})
    monkeypatch.setattr(bootstrap, "can_make_venvs", lambda: False)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap, "root_prefix", lambda: None)
    monkeypatch.setattr(bootstrap, "apt_install", lambda *_: pytest.fail("must not install"))
    venv = "python{}.{}-venv".format(*sys.version_info[:2])
    with pytest.raises(bootstrap.SetupError) as refused:
        bootstrap.require_system(makes_venv=True, environment={})
    command = str(refused.value).splitlines()[-1].strip()
    assert command == f"sudo apt-get update && sudo apt-get install -y --no-install-recommends {venv} libgl1"


def test_the_command_works_where_there_is_no_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    expected = "su -c 'apt-get update && apt-get install -y --no-install-recommends a b'"
    assert bootstrap.apt_command_for_people(["a", "b"]) == expected


def test_with_rights_they_are_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(bootstrap, "missing_libraries", lambda environment: {"a": "liba", "b": "libb", "b2": "libb"})
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap, "root_prefix", list)
    monkeypatch.setattr(bootstrap, "apt_install", lambda packages, prefix: installed.extend(packages))
    bootstrap.require_system(makes_venv=False, environment={})
    assert installed == ["liba", "libb"]


def test_apt_asks_nothing_and_a_failure_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []

    def fail(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        assert options["stdin"] == subprocess.DEVNULL
        return subprocess.CompletedProcess(command, 100)

    monkeypatch.setattr(bootstrap.subprocess, "run", fail)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(bootstrap.SetupError, match="sudo apt-get install -y --no-install-recommends libgl1"):
        bootstrap.apt_install(["libgl1"], ["sudo", "-n"])
    assert calls[0][:4] == ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"]
    assert calls[0][-1] == "update"
    assert calls[1][-4:] == ["install", "-y", "--no-install-recommends", "libgl1"]


def test_other_distributions_get_the_libraries_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "missing_libraries", lambda environment: {"libGL.so.1": "libgl1"})
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    with pytest.raises(bootstrap.SetupError, match=r"libGL\.so\.1.*package manager"):
        bootstrap.require_system(makes_venv=False, environment={})


# ---------------------------------------------------------------------------------------------------- disk


def test_a_full_disk_is_refused_with_the_numbers(tmp_path: Path) -> None:
    footprint = bootstrap.Footprint(download=2.7 * GB, disk=5.5 * GB)
    with pytest.raises(bootstrap.SetupError) as refused:
        bootstrap.require_space(tmp_path, footprint, free=3 * GB, offer_cpu_build=True)
    text = str(refused.value)
    assert all(number in text for number in ("8.2 GB free", "5.5 GB", "2.7 GB", "3.0 GB are free", "Free 5.2 GB"))
    assert "--torch-index" in text
    assert str(tmp_path) in text


def test_a_narrow_disk_does_without_the_cache(tmp_path: Path) -> None:
    footprint = bootstrap.Footprint(download=2 * GB, disk=5 * GB)
    assert bootstrap.require_space(tmp_path, footprint, free=8 * GB, offer_cpu_build=False) is False
    assert bootstrap.require_space(tmp_path, footprint, free=10 * GB, offer_cpu_build=False) is True


def test_the_cpu_build_is_announced_as_smaller() -> None:
    default = bootstrap.expected_footprint("Linux", "x86_64", "", ())
    small = bootstrap.expected_footprint("Linux", "x86_64", "place", ())
    mac = bootstrap.expected_footprint("Darwin", "arm64", "", ())
    assert small.disk < default.disk / 2
    assert mac.disk < default.disk / 2
    assert bootstrap.expected_footprint("Linux", "x86_64", "", ("dev",)).disk > default.disk


def test_nothing_is_made_where_the_disk_is_full(
    project: Path, pip: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usage = type("usage", (), {"free": 10**6})
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda path: usage)
    monkeypatch.setattr(bootstrap, "ROOT", project)
    with pytest.raises(bootstrap.SetupError, match="GB free"):
        bootstrap.set_up(bootstrap.Request("run"), project)
    assert not (project / ".venv").exists()
    assert pip == []


# ---------------------------------------------------------------------------------------------------- the stamp


def test_a_second_call_does_nothing(ready: Path, pip: list[list[str]]) -> None:
    bootstrap.set_up(bootstrap.Request("run"), ready)
    assert pip == []


def test_a_changed_pyproject_is_installed_into_what_is_there(ready: Path, pip: list[list[str]]) -> None:
    (ready / "pyproject.toml").write_text("[project]\nname = 'ganstudio'\nversion = '2'\n")
    bootstrap.set_up(bootstrap.Request("run"), ready)
    assert pip == [["--editable", "."]]
    bootstrap.set_up(bootstrap.Request("run"), ready)
    assert len(pip) == 1


def test_extras_are_added_and_then_kept(ready: Path, pip: list[list[str]]) -> None:
    bootstrap.set_up(bootstrap.Request("test"), ready)
    assert pip == [["--editable", ".[dev]"]]
    bootstrap.set_up(bootstrap.Request("run"), ready)  # needs less than there is
    assert len(pip) == 1


@pytest.mark.parametrize("change", [{"python": "3.99"}, {"machine": "other"}, {"location": "/moved"}])
def test_what_cannot_be_updated_is_made_anew(ready: Path, change: dict[str, str]) -> None:
    environment = bootstrap.Environment(ready)
    present = bootstrap.read_stamp(environment.stamp)
    wanted = bootstrap.wanted_stamp(ready, bootstrap.Request("run"), present)
    assert bootstrap.decide(replace(present, **change), wanted, python_runs=True) == bootstrap.MAKE
    assert bootstrap.decide(present, wanted, python_runs=True) == bootstrap.READY
    assert bootstrap.decide(present, wanted, python_runs=False) == bootstrap.MAKE


def test_another_torch_is_made_anew_and_then_remembered(ready: Path) -> None:
    present = bootstrap.read_stamp(bootstrap.Environment(ready).stamp)
    asked = bootstrap.wanted_stamp(ready, bootstrap.Request("run", torch_index="https://index.invalid"), present)
    assert bootstrap.decide(present, asked, python_runs=True) == bootstrap.MAKE
    later = bootstrap.wanted_stamp(ready, bootstrap.Request("run"), asked)
    assert bootstrap.decide(asked, later, python_runs=True) == bootstrap.READY


def test_an_interrupted_set_up_is_made_anew(ready: Path) -> None:
    present = bootstrap.read_stamp(bootstrap.Environment(ready).stamp)
    wanted = bootstrap.wanted_stamp(ready, bootstrap.Request("run"), present)
    assert bootstrap.decide(replace(present, complete=False), wanted, python_runs=True) == bootstrap.MAKE


def test_the_stamp_is_incomplete_until_all_is_installed(
    project: Path, pip: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = bootstrap.Environment(project)

    def interrupted(*_: object) -> None:
        assert bootstrap.read_stamp(environment.stamp).complete is False
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "run_pip", interrupted)
    monkeypatch.setattr(bootstrap, "require_space", lambda *_: True)
    with pytest.raises(KeyboardInterrupt):
        bootstrap.set_up(bootstrap.Request("run"), project)
    assert bootstrap.read_stamp(environment.stamp).complete is False
    assert environment.python_runs()


def test_a_failed_update_keeps_what_was_there(
    ready: Path, pip: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(*_: object) -> None:
        raise bootstrap.SetupError("offline")

    before = bootstrap.read_stamp(bootstrap.Environment(ready).stamp)
    monkeypatch.setattr(bootstrap, "run_pip", offline)
    with pytest.raises(bootstrap.SetupError, match="offline"):
        bootstrap.set_up(bootstrap.Request("test"), ready)
    assert bootstrap.read_stamp(bootstrap.Environment(ready).stamp) == before


def test_an_environment_made_by_hand_is_taken_over_not_deleted(
    project: Path, pip: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap.Environment, "python_runs", lambda self: True)
    (project / ".venv").mkdir()
    (project / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    bootstrap.set_up(bootstrap.Request("run"), project)
    assert pip == [["--editable", "."]]
    assert (project / ".venv" / "pyvenv.cfg").exists()


def test_a_folder_that_is_no_environment_is_not_deleted(
    project: Path, pip: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / ".venv").mkdir()
    (project / ".venv" / "thesis.txt").write_text("irreplaceable")
    with pytest.raises(bootstrap.SetupError, match="in the way"):
        bootstrap.set_up(bootstrap.Request("run"), project)
    assert (project / ".venv" / "thesis.txt").exists()


def test_an_interrupted_deletion_is_finished_by_the_next_call(
    project: Path, pip: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = bootstrap.Environment(project)
    environment.folder.mkdir()
    (environment.folder / "pyvenv.cfg").touch()
    with monkeypatch.context() as patch:
        patch.setattr(bootstrap.shutil, "rmtree", lambda path: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            environment.remove()
    assert not environment.folder.exists()
    environment.require_ours()
    environment.remove()
    assert [entry.name for entry in project.iterdir()] == ["pyproject.toml"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"complete": true}', '{"extras": 3}'])
def test_a_damaged_stamp_is_no_stamp(tmp_path: Path, text: str) -> None:
    path = tmp_path / "stamp.json"
    path.write_text(text)
    assert bootstrap.read_stamp(path) is None


def test_the_stamp_survives_a_round_trip(tmp_path: Path) -> None:
    stamp = bootstrap.Stamp("hash", "3.11", "x86_64", "/here", ("dev", "test"), "place")
    bootstrap.write_stamp(tmp_path / "stamp.json", stamp)
    assert bootstrap.read_stamp(tmp_path / "stamp.json") == stamp
    assert json.loads((tmp_path / "stamp.json").read_text())["complete"] is True
    assert [entry.name for entry in tmp_path.iterdir()] == ["stamp.json"]


# ---------------------------------------------------------------------------------------------------- pip


def test_torch_from_elsewhere_comes_alone_and_first(tmp_path: Path) -> None:
    stamp = bootstrap.Stamp("hash", "3.11", "x86_64", "/here", ("dev",), "https://index.invalid")
    first, second = bootstrap.install_steps(stamp)
    assert first == ["--no-deps", "--index-url", "https://index.invalid", bootstrap.TORCH_REQUIREMENT]
    assert second == ["--editable", ".[dev]"]
    from_folder = bootstrap.install_steps(replace(stamp, torch_index=str(tmp_path)))[0]
    assert from_folder[:4] == ["--no-deps", "--no-index", "--find-links", str(tmp_path)]


def test_torch_from_elsewhere_is_a_torch_that_the_package_accepts() -> None:
    project = tomllib.loads((SCRIPT.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    assert bootstrap.TORCH_REQUIREMENT in project["project"]["dependencies"]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("ERROR: [Errno 28] No space left on device", "disk .* is full"),
        ("Failed to establish a new connection: NewConnectionError", "cannot be reached"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED]", "certificate"),
        ("ERROR: [Errno 13] Permission denied: '/x'", "cannot be written to"),
        ("ERROR: No matching distribution found for torch<2.15,>=2.9", "no PyTorch for this Python"),
        ("something else", "own words stand above"),
    ],
)
def test_pip_failures_become_sentences(said: str, sentence: str) -> None:
    assert re.search(sentence, bootstrap.explain_pip_failure(said, Path("/here/.venv")))


def test_variables_that_lead_astray_are_dropped() -> None:
    cleaned = bootstrap.clean_environment({"PYTHONPATH": "/ros", "PYTHONHOME": "/x", "PIP_USER": "1", "HOME": "/me"})
    assert cleaned == {"HOME": "/me", "PIP_USER": "0"}


# ---------------------------------------------------------------------------------------------------- locking


@pytest.mark.skipif(os.name == "nt", reason="signals and flock")
def test_two_set_ups_do_not_run_at_once_and_a_dead_one_does_not_block(tmp_path: Path) -> None:
    lock = tmp_path / ".venv.lock"
    script = (
        f"import importlib.util, sys, time\n"
        f"spec = importlib.util.spec_from_file_location('b', {str(SCRIPT)!r})\n"
        f"b = importlib.util.module_from_spec(spec); sys.modules['b'] = b; spec.loader.exec_module(b)\n"
        f"with b.set_up_lock(b.Path({str(lock)!r})):\n"
        f"    print('held', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        descriptor = os.open(lock, os.O_RDWR)
        try:
            assert bootstrap.lock(descriptor, wait=False) is False
            holder.send_signal(signal.SIGKILL)
            holder.wait()
            assert bootstrap.lock(descriptor, wait=False) is True
        finally:
            os.close(descriptor)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder_is_a_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(bootstrap.SetupError, match="folder of your own"), bootstrap.set_up_lock(tmp_path / "lock"):
            pass
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_that_cannot_hold_the_lock_is_a_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file" / "lock"
    blocked.parent.write_text("not a folder")
    with pytest.raises(bootstrap.SetupError, match="folder of your own"), bootstrap.set_up_lock(blocked):
        pass


# ---------------------------------------------------------------------------------------------------- starting


@pytest.mark.parametrize(
    ("system", "environment", "seen"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ""}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"QT_QPA_PLATFORM": "offscreen"}, False),
        ("linux", {"QT_QPA_PLATFORM": "vnc:size=1280x800"}, True),
        ("darwin", {}, True),
        ("win32", {}, True),
    ],
)
def test_has_display(system: str, environment: dict[str, str], seen: bool) -> None:
    assert bootstrap.has_display(system, environment) is seen


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[list[str], dict[str, str]]]:
    """Instead of the studio, a list of how it was started."""
    calls: list[tuple[list[str], dict[str, str]]] = []

    def hand_over(command: list[str], variables: dict[str, str]) -> int:
        calls.append((command, variables))
        return 7

    monkeypatch.setattr(bootstrap, "hand_over", hand_over)
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return calls


def test_without_a_display_the_main_job_is_done_all_the_same(
    started: list[tuple[list[str], dict[str, str]]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = bootstrap.Environment(tmp_path)
    assert bootstrap.run_studio(environment, ()) == 7
    ((command, variables),) = started
    picture = tmp_path / "ganstudio-first-run" / "studio.png"
    program = str(environment.program("ganstudio"))
    assert command == [program, "studio", "--start", "--for", "60", "--screenshot", str(picture)]
    assert variables["QT_QPA_PLATFORM"] == "offscreen"
    assert picture.parent.is_dir()
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "no display" in said


def test_without_a_display_what_the_person_chose_stays(
    started: list[tuple[list[str], dict[str, str]]], tmp_path: Path
) -> None:
    bootstrap.run_studio(bootstrap.Environment(tmp_path), ["--for=5", "--screenshot", "mine.png", "--run", "there"])
    ((command, _),) = started
    assert command[1:] == ["studio", "--start", "--for=5", "--screenshot", "mine.png", "--run", "there"]
    assert not (tmp_path / "ganstudio-first-run").exists()


def test_with_a_display_the_studio_just_opens(
    started: list[tuple[list[str], dict[str, str]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    bootstrap.run_studio(bootstrap.Environment(tmp_path), ["--run", "there"])
    ((command, variables),) = started
    assert command[1:] == ["studio", "--run", "there"]
    assert "QT_QPA_PLATFORM" not in variables


def test_all_checks_run_and_one_failure_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 1 if "mypy" in command else 0)

    monkeypatch.setattr(bootstrap.subprocess, "run", run)
    assert bootstrap.run_checks(bootstrap.Environment(tmp_path), ["-k", "word"]) == 1
    assert len(commands) == 5
    assert commands[-1][1:] == ["-m", "pytest", "--numprocesses=auto", "-k", "word"]
    output = capsys.readouterr()
    assert "FAILED  mypy" in output.out
    assert "passed  ruff check" in output.out
    assert "failed: mypy" in output.err


def test_errors_are_one_sentence_and_ctrl_c_is_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(request: object) -> None:
        raise bootstrap.SetupError("this is why")

    def interrupt(request: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "set_up", refuse)
    assert bootstrap.main(["run"]) == 1
    assert capsys.readouterr().err == "bootstrap: this is why\n"
    monkeypatch.setattr(bootstrap, "set_up", interrupt)
    assert bootstrap.main(["run"]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_waits_for_the_program_that_was_started() -> None:
    # A shell that starts tests in the background has its children ignore the signal.
    script = (
        "import signal, time; signal.signal(signal.SIGINT, signal.SIG_DFL); print('on', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        bootstrap.stop(process)
        assert process.returncode == -signal.SIGINT, "it ended by the signal and did not have to be stopped"
