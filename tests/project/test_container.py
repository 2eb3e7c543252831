"""The Dockerfile and the compose file: what they start is what there is."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edgedigit.cli.parser import parse
from edgedigit.web.settings import ServerSettings
from tests.support.paths import EXAMPLES, ROOT
from tests.support.serving import needs_extra, serving

DOCKERFILE = ROOT / "Dockerfile"
NAME = "digits.example.org"


def instruction(name: str) -> str:
    """The last instruction of this name, in one line."""
    text = DOCKERFILE.read_text("utf-8").replace("\\\n", " ")
    return re.findall(rf"^{name} (.*)$", text, re.MULTILINE)[-1]


def served(arguments: list[str]) -> Any:
    """The options of `edgedigit serve`, from what a container is given."""
    options = parse(arguments)
    assert options.command == "serve"
    assert not ServerSettings(host=options.host).is_loopback, "nobody else could reach it"
    return options


def test_the_container_serves_others_and_not_as_root() -> None:
    assert json.loads(instruction("ENTRYPOINT")) == ["edgedigit"]
    options = served(json.loads(instruction("CMD")))
    assert str(options.port) == instruction("EXPOSE")
    user, group = instruction("USER").split(":")
    assert int(user) > 0
    assert int(group) > 0


@needs_extra
def test_the_health_check_knows_whether_the_server_answers() -> None:
    check = json.loads(instruction("HEALTHCHECK").partition(" CMD ")[2])
    assert check[:2] == ["python", "-c"]
    with serving() as server:
        code = check[2].replace(":8000/", f":{server.port}/")
        assert code != check[2]
        command = [sys.executable, "-c", code]
        assert subprocess.run(command, check=False, timeout=60).returncode == 0
    done = subprocess.run(command, check=False, timeout=60, stderr=subprocess.DEVNULL)
    assert done.returncode != 0


def test_with_compose_the_server_is_reached_by_its_name_and_through_the_proxy_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    yaml = pytest.importorskip("yaml", reason="reads the compose file")
    monkeypatch.delenv("EDGEDIGIT_TOKEN", raising=False)
    text = (EXAMPLES / "compose.yaml").read_text("utf-8")
    services = yaml.safe_load(re.sub(r"\$\{EDGEDIGIT_NAME(:\?[^}]*)?\}", NAME, text))["services"]
    ours, proxy = services["edgedigit"], services["caddy"]
    assert (EXAMPLES / ours["build"]).resolve() == Path(ROOT).resolve()
    options = served(ours["command"])
    assert options.allow_hosts == [NAME]
    assert options.trust_proxy
    assert "ports" not in ours, "nobody gets past the proxy"
    assert ours["environment"]["EDGEDIGIT_TOKEN"].startswith("${EDGEDIGIT_TOKEN:?")
    assert proxy["command"][:2] == ["caddy", "reverse-proxy"]
    target = proxy["command"][proxy["command"].index("--to") + 1]
    assert target == f"edgedigit:{options.port}"
