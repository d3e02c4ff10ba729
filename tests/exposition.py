"""Numbers of a service's /metrics, and waiting for them."""

import asyncio
from collections.abc import Callable

import httpx
from prometheus_client.parser import text_string_to_metric_families


async def number(url: str, name: str, **labels: str) -> float | None:
    """The sample with that name and these labels; None when it is not there."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http:
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
