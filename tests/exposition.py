"""Numbers of a service's /metrics, and waiting for them."""

import asyncio
from collections.abc import Callable

from loopback import http_client
from prometheus_client.parser import text_string_to_metric_families


class Served(str):
    """A gateway's URL, and where its metrics are."""

    __slots__ = ("metrics",)
    metrics: str

    def __new__(cls, url: str, metrics: str) -> "Served":
        served = super().__new__(cls, url)
        served.metrics = metrics
        return served


async def number(url: str, name: str, **labels: str) -> float | None:
    """The sample with that name and these labels; None when it is not there."""
    at = url.metrics if isinstance(url, Served) else url
    async with http_client(at) as http:
        text = (await http.get("/metrics")).raise_for_status().text
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return sample.value
    return None


async def until(url: str, good: Callable[[float], bool], name: str, **labels: str) -> float:
    """Read the sample until it is good."""
    async with asyncio.timeout(60):
        while True:
            value = await number(url, name, **labels)
            if value is not None and good(value):
                return value
            await asyncio.sleep(0.05)
