"""How KEDA's nats-jetstream scaler (2.20) reads a consumer's lag, step by step, over real HTTP."""

from collections.abc import Callable
from math import ceil

import httpx


class ScalerError(Exception):
    """The scaler could not tell; the HPA then leaves the replicas as they are."""


def lag(metadata: dict[str, str], dns: Callable[[str], str]) -> int:
    """num_pending + num_ack_pending of the named consumer. ``dns``: the address (host:port) of a name."""
    endpoint = metadata["natsServerMonitoringEndpoint"]
    with httpx.Client(trust_env=False, timeout=60) as http:
        data = _jsz(http, dns(endpoint), metadata)
        if data.get("meta_cluster", {}).get("cluster_size", 0) <= 1:
            return _lag(_consumer(data, metadata))
        # In a cluster only the consumer's leader knows its lag. Members that advertise no addresses are found by name:
        # the first label of each route, before the endpoint, which therefore has to be the headless service.
        server = http.get(f"http://{dns(endpoint)}/varz").raise_for_status().json()
        assert not server.get("connect_urls"), "the deployed servers advertise nothing"
        for route in server["cluster"].get(
            "urls", ()
        ):  # not the server's own name: its own route has to be there
            node = route.split(".")[0]
            try:
                data = _jsz(http, dns(f"{node}.{endpoint}"), metadata)
            except (LookupError, httpx.TransportError) as error:  # one that is away hides those behind it
                raise ScalerError(f"{node}: {error}") from error
            consumer = _consumer(data, metadata)
            if consumer["cluster"].get("leader") == node:  # none while one is elected
                return _lag(consumer)
        raise ScalerError(f"leader node not found for consumer {metadata['consumer']}")


def replicas(lags: list[tuple[int, dict[str, str]]], least: int, most: int) -> int:
    """What the HPA wants of several AverageValue metrics: the largest of ceil(lag / threshold), within bounds."""
    wanted = max(ceil(value / int(metadata["lagThreshold"])) for value, metadata in lags)
    return max(least, min(most, wanted))


def _jsz(http: httpx.Client, node: str, metadata: dict[str, str]) -> dict:
    query = {"acc": metadata["account"], "consumers": "true", "config": "true"}
    return http.get(f"http://{node}/jsz", params=query).raise_for_status().json()


def _consumer(data: dict, metadata: dict[str, str]) -> dict:
    for account in data.get("account_details") or ():
        for stream in account.get("stream_detail") or ():
            if stream["name"] == metadata["stream"]:
                for consumer in stream.get("consumer_detail") or ():
                    if consumer["name"] == metadata["consumer"]:
                        return consumer
    raise ScalerError(f"consumer {metadata['consumer']} of stream {metadata['stream']} not found")


def _lag(consumer: dict) -> int:
    return consumer["num_pending"] + consumer["num_ack_pending"]
