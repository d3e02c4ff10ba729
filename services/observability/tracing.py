"""OpenTelemetry spans, sent where OTEL_EXPORTER_OTLP_ENDPOINT says; without it they are not made.

One trace follows a try-on through HTTP (FastAPI makes those spans itself), the outbox, JetStream's `traceparent`
header, the worker and the ledger.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()
_HEADER = "traceparent"
_NOTHING: AbstractContextManager[object] = nullcontext()


@contextmanager
def traced(service: str) -> Iterator[None]:
    """Send this process's spans, until the context ends; nothing unless an endpoint is set."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        yield
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    from services.observability.redaction import Redaction

    resource = Resource.create({"service.name": f"proteus-{service}", "service.namespace": "proteus"})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(Redaction())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()


def span(
    name: str, headers: Mapping[str, str] | None = None, **attributes: Any
) -> AbstractContextManager[object]:
    """A step, below the one that ``headers`` tell of, or else below the one that is under way here."""
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):  # nobody is told
        return _NOTHING
    parent = _PROPAGATOR.extract(headers) if headers and _HEADER in headers else None
    return trace.get_tracer("proteus").start_as_current_span(name, context=parent, attributes=attributes)


def current() -> dict[str, str]:
    """The header that lets a next step lie below the one under way; empty when nothing is traced."""
    headers: dict[str, str] = {}
    _PROPAGATOR.inject(headers)
    return headers
