"""Which botocore service is meant by the signing name in a request's credential scope."""

import functools
import gzip
import json
from pathlib import Path
from typing import NamedTuple

import botocore
from botocore.session import Session

# Enough of a service model to hold its metadata, which botocore writes first.
_HEAD = 8192


class Service(NamedTuple):
    name: str
    protocols: tuple[str, ...]
    api_version: str
    target_prefix: str | None


@functools.cache
def by_signing_name() -> dict[str, list[Service]]:
    """All services, by signing name (lower case). The service that bears the name itself comes last, as the fallback."""
    index: dict[str, list[Service]] = {}
    for directory in sorted((Path(botocore.__file__).parent / "data").iterdir()):
        models = sorted(directory.glob("*/service-2.json*")) if directory.is_dir() else []
        if models:
            metadata = _metadata(models[-1])
            signing_name = metadata.get("signingName", metadata["endpointPrefix"]).lower()
            protocols = tuple(metadata.get("protocols", [metadata["protocol"]]))
            service = Service(directory.name, protocols, metadata["apiVersion"], metadata.get("targetPrefix"))
            index.setdefault(signing_name, []).append(service)
    for signing_name, services in index.items():
        services.sort(key=lambda service: (service.name == signing_name, service.name))
    return index


def _metadata(path: Path) -> dict:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        text = file.read(_HEAD)
    start = text.index("{", text.index('"metadata"'))
    return json.JSONDecoder().raw_decode(text, start)[0]


@functools.cache
def regions() -> frozenset[str]:
    """Regions that botocore knows to have EC2."""
    return frozenset(Session().get_available_regions("ec2"))
