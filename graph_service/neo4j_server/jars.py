"""The jars of Neo4j: named and locked by `jars.sha256`, fetched from a Maven repository once, checked at every start.

The lock has the form that `sha256sum --check` reads; its paths are those of a Maven repository. `make jars` makes it.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from graph_service.neo4j_server.refusals import JarAltered, JarsUnreachable

LOCK = Path(__file__).with_name("jars.sha256")

#: How many jars are fetched at once.
FETCHED_AT_ONCE = 8
#: How often one jar is asked for before it is given up, and the seconds between.
TRIES = 3
PAUSE_SECONDS = 2
#: How long a repository may be silent.
SILENCE_SECONDS_MAX = 60

#: Told how many jars are here, and how many there are.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Jar:
    """One jar, as it is locked."""

    #: Its path in a Maven repository: the parts of the group, the artifact, the version, the file.
    path: PurePosixPath
    sha256: str

    @property
    def version(self) -> str:
        """The version, which the folder of the file is named after."""
        return self.path.parts[-2]

    @property
    def classifier(self) -> str:
        """What stands behind the version where there is a jar for each kind of machine, or nothing."""
        _, _, behind = self.path.stem.partition(f"-{self.version}")
        return behind.removeprefix("-")


def locked_jars(lock: Path = LOCK) -> tuple[Jar, ...]:
    """Read the lock, in its order.

    >>> next(jar.version for jar in locked_jars() if jar.path.name.startswith("neo4j-server-"))
    '5.26.30'
    """
    lines = lock.read_text(encoding="ascii").splitlines()
    return tuple(Jar(PurePosixPath(path), sha256) for sha256, path in (line.split() for line in lines))


def neo4j_version(jars: Sequence[Jar]) -> str:
    """Say which Neo4j the jars are: the version of `org.neo4j:neo4j`.

    >>> neo4j_version(locked_jars())
    '5.26.30'
    """
    return next(jar.version for jar in jars if jar.path.parts[:3] == ("org", "neo4j", "neo4j"))


def jar_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Give the folder that jars are kept in, shared by all that this person runs: it can be removed at any time."""
    cache = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "trustnet" / "jars"


def fetch_jars(
    jars: Sequence[Jar], folder: Path, *, maven: str | None = None, progress: Progress | None = None
) -> list[Path]:
    """Make sure that all jars are in the folder and are the locked ones; give their paths in order.

    What is missing or was altered is fetched; each jar gets its name only when it has been checked, so that a fetch
    that was cut off goes on where it stopped, and two at once do not disturb each other.

    Args:
        jars: What the lock names.
        folder: Where they are kept.
        maven: Address of a Maven repository; by default Maven Central.
        progress: Told after each jar.

    Raises:
        JarsUnreachable: The repository does not answer, or has not got a jar.
        JarAltered: The repository has another jar under the name.
    """
    paths = [folder / jar.path for jar in jars]
    with ThreadPoolExecutor(FETCHED_AT_ONCE) as threads:
        found = threads.map(_is_whole, jars, paths)
        missing = [(jar, path) for jar, path, whole in zip(jars, paths, found, strict=True) if not whole]
        arriving = [threads.submit(_fetch, jar, path, maven) for jar, path in missing]
        try:
            for done, arrived in enumerate(as_completed(arriving), start=1):
                arrived.result()
                if progress is not None:
                    progress(len(jars) - len(missing) + done, len(jars))
        except OSError as fault:
            lacking = sum(not path.exists() for path in paths)
            raise JarsUnreachable(missing=lacking, repository=_named(maven), reason=_cause(fault)) from fault
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
    return paths


def _is_whole(jar: Jar, path: Path) -> bool:
    return path.exists() and _sha256(path) == jar.sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _fetch(jar: Jar, path: Path, maven: str | None) -> None:
    """Fetch one jar, and ask again where the connection broke off or the file came damaged."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in reversed(range(TRIES)):
        # What arrives has no name that anybody takes it by, and is on the same disk, so that it can be renamed.
        with TemporaryDirectory(dir=path.parent, prefix=".arriving-") as arriving:
            try:
                arrived = _ask_for(jar, Path(arriving), maven)
                found = _sha256(arrived)
                if found == jar.sha256:
                    arrived.replace(path)
                    return
            except OSError:
                if not left:
                    raise
            else:
                if not left:
                    raise JarAltered(repository=_named(maven), jar=str(jar.path), found=found, locked=jar.sha256)
        time.sleep(PAUSE_SECONDS)


def _ask_for(jar: Jar, folder: Path, maven: str | None) -> Path:
    """Let the Maven client fetch one jar: it knows proxies, certificates and where Maven Central is.

    Raises:
        OSError: It could not be fetched.
    """
    try:
        from jgo.maven import MavenContext  # noqa: PLC0415  # a part of an extra, and a second to import
    except ImportError:
        raise OSError("trustnet[neo4j-server] is not installed") from None

    addresses = None if maven is None else {"named": maven.rstrip("/")}
    context = MavenContext(repo_cache=folder, local_repos=[], remote_repos=addresses, timeout=SILENCE_SECONDS_MAX)
    *group, artifact, version, _ = jar.path.parts
    component = context.project(".".join(group), artifact).at_version(version)
    try:
        return component.artifact(classifier=jar.classifier).resolve()
    except RuntimeError:
        raise OSError(f"{jar.path} is not there") from None


def _named(maven: str | None) -> str:
    return maven or "Maven Central"


def _cause(fault: BaseException) -> str:
    """Say what was wrong in the first place: what a client makes of it is long."""
    while (before := fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)) is not None:
        fault = before
    return str(fault) or type(fault).__name__
