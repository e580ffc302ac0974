"""The demonstration: an invented district, or the example school, loaded and served on this machine."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from graph_service.cli.graph import adopt_policy, load_files
from graph_service.cli.options import PolicyOption, read_day, service
from graph_service.cli.policy import policy_folder
from graph_service.cli.printing import console, say
from graph_service.cli.serve import PORT, PortOption, serve_here
from graph_service.model.days import DAY
from graph_service.policy.folder import read_folder
from graph_service.policy.parse import parse_policy
from graph_service.policy.schemes import Policy
from graph_service.service import TrustService
from graph_service.settings import Settings
from graph_service.wiring import TIME_ZONE, StandingClock, SystemClock, open_service, with_store
from loaders.batch import Step
from loaders.district import SUBJECTS_MIN, TOWN, Opening, Plan, is_played, play, written

#: The clock of the example school stands on the last day of its term.
DEMO_DAY = date(2026, 7, 3)
#: The first day of the policy in the example school.
DEMO_SINCE = date(2026, 2, 1)
EXAMPLE = Path(__file__).parents[2] / "examples" / "school"

SUBJECTS = 2_000
_PHASES = {"graph": "towns entered", "history": "towns' years told", "days": "last days played"}


def demo(
    subjects: Annotated[
        int, typer.Option("--subjects", help="How many subjects the district has.", min=SUBJECTS_MIN)
    ] = (SUBJECTS),
    seed: Annotated[int, typer.Option("--seed", help="Another number is another district.", min=0)] = 1,
    until: Annotated[
        date | None,
        typer.Option(
            "--until", parser=read_day, metavar="DAY", help="Last day of the year told; by default yesterday."
        ),
    ] = None,
    school: Annotated[bool, typer.Option("--school", help="Take the example school instead.")] = False,
    to: Annotated[
        Path | None, typer.Option("--to", help="Only write the district's files here.", metavar="DIR")
    ] = None,
    store: Annotated[
        str | None, typer.Option("--store", help="Where to keep it; by default in .demo.", metavar="sqlite:///FILE")
    ] = None,
    policy: PolicyOption = None,
    port: PortOption = PORT,
    serve_it: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve it when it is loaded.")] = True,
) -> None:
    """Make up a district, the same for the same seed and day, load it and serve it on this machine.

    Example: `trustnet demo --subjects 500`
    """
    folder = policy or Path("wendeng")
    if school:
        _school(store or "sqlite:///.demo/school.db", folder, port if serve_it else None)
        return
    plan = Plan(subjects=subjects, until=until or SystemClock(TIME_ZONE).today() - DAY, seed=seed)
    if to is not None:
        for freight, path in written(plan, _policy(folder), to).items():
            say(f"{freight}: {path}")
        return
    address = store or f"sqlite:///.demo/district-{subjects}-{seed}-{plan.until}.db"
    with service(address, create=True, today=plan.until + DAY) as opened:
        if not is_played(opened, plan):
            beside = partial(open_service, with_store(Settings.read(), address)) if subjects > TOWN else None
            _play(opened, plan, folder, beside)
        if serve_it:
            serve_here(opened, port, demonstrating=True)


def _school(store: str, policy: Path, port: int | None) -> None:
    with service(store, create=True, today=DEMO_DAY) as opened:
        adopt_policy(opened, policy, DEMO_SINCE)
        load_files(opened, sorted(EXAMPLE.glob("*.csv")) + sorted(EXAMPLE.glob("*.jsonl")))
        if port is not None:
            serve_here(opened, port, demonstrating=True)


def _policy(folder: Path) -> Policy:
    path = policy_folder(folder)
    return parse_policy(path.name, read_folder(path))


def _play(opened: TrustService, plan: Plan, folder: Path, beside: Opening | None) -> None:
    """Load the district with a bar that moves; the clock goes through its last days.

    Other processes work ahead where there is more than one town: for less it would not be worth their start.
    """
    clock = opened.clock
    assert isinstance(clock, StandingClock), "the demonstration lets its clock stand"

    def stand_on(day: date) -> None:
        clock.day = day

    stand_on(plan.since)
    adopt_policy(opened, folder, date(plan.since.year, 1, 1))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        tasks = {phase: bar.add_task(title, total=None) for phase, title in _PHASES.items()}

        def tell(step: Step) -> None:
            bar.update(tasks[step.phase], completed=step.done, total=step.total)

        play(opened, plan, _policy(folder), stand_on=stand_on, progress=tell, beside=beside)
    with opened.reading() as reading:
        head = reading.head()
    say(f"a district of {plan.subjects:,} subjects, told up to {plan.until} in {head.seq:,} entries")
