"""docker-compose.yml is sound, keeps Neo4j to itself and has no password in it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from compose_spec import PyCompose
from ruamel.yaml import YAML

from graph_service.neo4j_server.jars import locked_jars, neo4j_version
from graph_service.wiring import on_server, place_on_server
from tests.house.code import ROOT

TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
SERVICES = ("neo4j", "store", "service")


def read(**environment: str) -> dict[str, Any]:
    """Read the file as compose does: variables first, then YAML with its merges.

    Raises:
        KeyError: A variable is needed and not given.
    """

    def value(match: re.Match[str]) -> str:
        name, how, rest = match.groups()
        if environment.get(name):
            return environment[name]
        if how == "-":
            return str(rest)
        raise KeyError(name)

    filled = _VARIABLE.sub(value, TEXT).replace("$$", "$")
    loaded: dict[str, Any] = YAML(typ="safe").load(filled)
    return loaded


COMPOSE = read(TRUSTNET_NEO4J_PASSWORD="chosen1234")


def test_it_is_what_the_specification_allows() -> None:
    read_by_others = PyCompose.from_json(json.dumps(COMPOSE))

    assert set(read_by_others.services or {}) == set(SERVICES)


def test_it_does_not_start_without_a_password() -> None:
    with pytest.raises(KeyError, match="TRUSTNET_NEO4J_PASSWORD"):
        read()


def test_one_port_is_open_to_this_machine_and_to_nobody_else() -> None:
    assert {name: one["ports"] for name, one in COMPOSE["services"].items() if "ports" in one} == {
        "service": ["127.0.0.1:8000:8000"]
    }
    assert COMPOSE["networks"]["graph"] == {"internal": True}
    assert [COMPOSE["services"][name]["networks"] for name in SERVICES] == [["graph"], ["graph"], ["graph", "here"]]


@pytest.mark.parametrize("name", ["store", "service"])
def test_the_service_may_write_to_its_volume_alone(name: str) -> None:
    service = COMPOSE["services"][name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["volumes"] == ["vault:/data"]
    assert "privileged" not in service
    assert "user" not in service, "the image says who it is"


def test_the_services_find_neo4j_by_the_name_under_which_it_is_known() -> None:
    address = COMPOSE["services"]["service"]["environment"]["TRUSTNET_STORE"]
    neo4j = COMPOSE["services"]["neo4j"]["environment"]
    place = place_on_server(address)

    assert on_server(address)
    assert place.server == f"neo4j://{neo4j['NEO4J_server_bolt_advertised__address']}"
    assert neo4j["NEO4J_AUTH"] == f"{place.login}/{place.password}"
    assert place.password == "chosen1234"


def test_neo4j_is_the_one_that_tests_run_on() -> None:
    assert COMPOSE["services"]["neo4j"]["image"] == f"neo4j:{neo4j_version(locked_jars())}-community"


def test_the_service_waits_for_neo4j_and_for_the_store() -> None:
    assert COMPOSE["services"]["service"]["depends_on"] == {
        "neo4j": {"condition": "service_healthy"},
        "store": {"condition": "service_completed_successfully"},
    }
    assert COMPOSE["services"]["store"]["command"] == ["load"]
    assert "RETURN 1" in COMPOSE["services"]["neo4j"]["healthcheck"]["test"][1]


def test_every_volume_is_named() -> None:
    used = {volume.partition(":")[0] for one in COMPOSE["services"].values() for volume in one.get("volumes", [])}

    assert used == set(COMPOSE["volumes"])
