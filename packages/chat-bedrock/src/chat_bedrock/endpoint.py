"""The address of Bedrock in a region, and the path of a model; pure.

region           host
us-east-1        bedrock-runtime.us-east-1.amazonaws.com
cn-north-1       bedrock-runtime.cn-north-1.amazonaws.com.cn
with FIPS        bedrock-runtime-fips.us-east-1.amazonaws.com
dual stack       bedrock-runtime.us-east-1.api.aws
"""

from __future__ import annotations

import re
from urllib.parse import quote

from chat_core import InvalidParameterError

__all__ = [
    "base_url",
    "check_region",
    "path",
    "profile_names",
    "region_of",
    "s3_url",
    "without_geography",
]

_REGION = re.compile(r"[a-z]{2,8}(-[a-z]+)+-\d+")
_ARN = re.compile(r"arn:aws[a-z-]*:(?:bedrock|sagemaker):([a-z0-9-]+):")

_GEOGRAPHY = re.compile(r"(us|us-gov|eu|apac|jp|au|ca|global)\.(?=[a-z0-9-]+\.)")
"""How the id of an inference profile begins. The model behind it follows."""

_SUFFIXES = {
    "cn-": ("amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    "us-iso-": ("c2s.ic.gov", "api.aws.ic.gov"),
    "us-isob-": ("sc2s.sgov.gov", "api.aws.scloud"),
    "eu-isoe-": ("cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    "us-isof-": ("csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    "eusc-": ("amazonaws.eu", "api.amazonwebservices.eu"),
    "": ("amazonaws.com", "api.aws"),
}
"""How a region begins → the domain, and that of dual stack; botocore's ``partitions.json``."""


def check_region(region: str) -> str:
    """``region``. Raises ``InvalidParameterError`` for what cannot be one."""
    if not _REGION.fullmatch(region):
        raise InvalidParameterError(
            f"region={region!r} is no region of AWS; regions look like 'us-east-1'."
        )
    return region


def region_of(model: str) -> str | None:
    """The region in a model's ARN; ``None`` for a model's id."""
    found = _ARN.match(model)
    return found[1] if found else None


def base_url(
    region: str,
    *,
    service: str = "bedrock-runtime",
    fips: bool = False,
    dual_stack: bool = False,
) -> str:
    """The address of ``service`` (``"bedrock"`` is the control plane) without a path."""
    suffixes = next(value for start, value in _SUFFIXES.items() if region.startswith(start))
    name = f"{service}-fips" if fips else service
    return f"https://{name}.{check_region(region)}.{suffixes[dual_stack]}"


def s3_url(region: str, *, fips: bool = False, dual_stack: bool = False) -> str:
    """The address of S3 without a path, where dual stack is a part of the name."""
    service = "s3-fips" if fips else "s3"
    if dual_stack:
        service += ".dualstack"
    return base_url(region, service=service)


def path(model: str, *, stream: bool) -> str:
    """The path of a request. A colon or a slash of ``model`` is percent-encoded."""
    operation = "converse-stream" if stream else "converse"
    return f"model/{quote(model, safe='~')}/{operation}"


def without_geography(model: str) -> str:
    """The id of the model behind an inference profile; any other id as it is."""
    return _GEOGRAPHY.sub("", model, count=1)


def profile_names(model: str) -> tuple[str, ...]:
    """What lists of models call ``model``: its id, and that without a geography.

    Of the ARN of a model or of an inference profile of AWS the end is the id. Another ARN does not
    name its model; it has no name here.
    """
    name = model
    if model.startswith("arn:"):
        kind, _, name = model.rpartition("/")
        if not kind.endswith((":foundation-model", ":inference-profile")):
            return ()
    return (name, without_geography(name))
