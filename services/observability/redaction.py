"""Keeps out of spans what opens doors: the values in URLs' queries, where tokens and signatures stand."""

import re

from opentelemetry.context import Context
from opentelemetry.sdk.trace import Span, SpanProcessor

#: A parameter's name and its value, wherever a URL stands in a text.
_PARAMETER = re.compile(r"([?&][^=&#\s]+)=[^&#\s\"'<>]*")


class Redaction(SpanProcessor):
    """Hides values as a span begins: names stay, since they tell what was asked for."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Replace what is told too much."""
        for name, value in dict(span.attributes or {}).items():
            if isinstance(value, str) and (told := redacted(name, value)) != value:
                span.set_attribute(name, told)


def redacted(name: str, value: str) -> str:
    """An attribute's text without the values of queries."""
    if name == "url.query":  # which has no question mark of its own
        return _PARAMETER.sub(r"\1=REDACTED", f"?{value}")[1:]
    return _PARAMETER.sub(r"\1=REDACTED", value)
