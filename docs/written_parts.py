"""Parts of files: what `make docs` writes between two comments of a file that is otherwise written by hand."""

import re
from collections.abc import Iterable, Mapping

_PLACE = re.compile(r"\{\{ (\w+) \}\}")


def with_part(text: str, name: str, lines: Iterable[str]) -> str:
    """The text with what stands between its comments ``NAME: written by `make docs``` and ``/NAME`` written anew.

    Lines are indented as the first comment is. Raises ValueError when the text has no such part.
    """
    first = rf"(?P<first>^(?P<indent> *)(?:#|<!--) {name}: written by `make docs`.*\n)"
    last = rf"(?P<last> *(?:#|<!--) /{name}\b)"
    found = re.search(rf"{first}(?:.*\n)*?{last}", text, re.MULTILINE)
    if found is None:
        raise ValueError(f"there is no part {name} that `make docs` writes")
    body = "".join(f"{_indented(line, found['indent'])}\n" for line in lines)
    return text[: found.start()] + found["first"] + body + found["last"] + text[found.end() :]


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with each ``{{ name }}`` replaced by its value.

    One that has a line to itself may be of several lines, indented as it is, or of none. Raises KeyError for a name
    without a value.
    """
    lines: list[str] = []
    for line in template.splitlines():
        if alone := _PLACE.fullmatch(line.strip()):
            indent = line[: line.index("{")]
            lines += [_indented(each, indent) for each in values[alone[1]].splitlines()]
        else:
            lines.append(_PLACE.sub(lambda place: values[place[1]], line))
    return "".join(f"{line}\n" for line in lines)


def _indented(line: str, indent: str) -> str:
    return f"{indent}{line}" if line else ""
