"""Charts that are text: HTML tables, delimited files, and lines as product descriptions have them."""

import csv
import io
import re
from html.parser import HTMLParser

from inference.errors import PictureError
from inference.tasks.size_chart import Grid, Word
from schemas.jobs.size_chart import MAX_CELLS

#: Characters of a cell, or of a line around a table, that are looked at.
_LONGEST_CELL = 200
_SIZE_LINE = re.compile(r"^\s*(?:size\s+)?([\w/.-]{1,8})\s*[-–—:=]\s+(.+)$", re.I)
_ITEM = re.compile(r"^\s*(.*?[^\d\s,.])[\s:=]+(\d[^A-Za-z]*(?:cm|in|inch|inches|\"|″)?)\s*$", re.I)


def from_html(text: str) -> list[Grid]:
    """A grid for each table, cells that span several rows or columns repeated; the words outside go with each."""
    parser = _Tables()
    parser.feed(text)
    parser.close()
    around = tuple(word for word in (" ".join(part.split()) for part in parser.outside) if word)
    return [_padded(table, around) for table in parser.tables if table]


def lines_of_html(text: str) -> list[str]:
    """All that a page says, piece by piece."""
    parser = _Tables()
    parser.feed(text)
    parser.close()
    return [*parser.outside, *(" ".join(row) for table in parser.tables for row in table)]


def has_table(text: str) -> bool:
    """Whether a text is HTML with a table."""
    return re.search(r"<table\b", text, re.I) is not None


def from_delimited(text: str) -> list[Grid]:
    """A delimited file; a ``;`` file may have decimal commas. Lone lines above or below are words."""
    text = text.lstrip("\ufeff").replace("\u00a0", " ")
    rows = [line for line in text.splitlines() if line.strip()]
    delimiter = max(
        ";\t,|",
        key=lambda sign: (
            min((row.count(sign) for row in rows if sign in row), default=0)
            * (sum(sign in row for row in rows))
        ),
    )
    cells = list(csv.reader(io.StringIO("\n".join(rows)), delimiter=delimiter))
    table = [row for row in cells if len(row) > 1]
    around = tuple(row[0] for row in cells if len(row) == 1)
    # The corner often holds a sentence about the whole table.
    corner = (table[0][0],) if table else ()
    return [_padded(table, (*around, *corner))] if table else []


def from_lines(text: str) -> list[Grid]:
    """Lines such as ``S - pit to pit 20", length 27"``; each names a size and gives its measures."""
    names: list[str] = []
    rows: list[tuple[str, dict[str, str]]] = []
    around: list[str] = []
    for line in text.lstrip("\ufeff").splitlines():
        match = _SIZE_LINE.match(line)
        parts = re.split(r"[,;・]|\s/\s", match[2]) if match else []
        items = [_ITEM.match(part) for part in parts if len(part) <= _LONGEST_CELL]
        found = {item[1].strip(): item[2].strip() for item in items if item}
        if match and found:
            rows.append((match[1], found))
            names += [name for name in found if name not in names]
        elif line.strip():
            around.append(line.strip())
    if not rows:
        return []
    table = [["size", *names], *([size, *(found.get(name, "") for name in names)] for size, found in rows)]
    return [_padded(table, tuple(around))]


def from_text(text: str) -> list[Grid]:
    """Whatever the text is: HTML where it has a table, lines where they name sizes, else a delimited file."""
    if has_table(text):
        return from_html(text)
    return from_lines(text) or from_delimited(text)


def _padded(table: list[list[str]], around: tuple[str, ...]) -> Grid:
    """Rows of equal length. Raises PictureError before a few long rows among many short ones fill the memory."""
    width = max(len(row) for row in table)
    if width * len(table) > MAX_CELLS:
        raise PictureError(
            "chart_too_large", f"This chart has more than {MAX_CELLS} cells: give the chart alone."
        )
    rows = tuple(tuple(Word(_plain(text)) for text in [*row, *[""] * (width - len(row))]) for row in table)
    return Grid(rows, tuple(_plain(text) for text in around))


def _plain(text: str) -> str:
    """Its beginning, without signs that nobody sees: a cell that goes on for ever takes as long to look up."""
    return "".join(sign if sign.isprintable() else " " for sign in text[:_LONGEST_CELL]).strip()


class _Tables(HTMLParser):
    """Collects tables as rows of text; scripts and styles say nothing."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self.outside: list[str] = []
        self._row: list[str] = []
        self._held: dict[int, tuple[int, str]] = {}  # column → rows that a cell still spans, and its text
        self._in_row = False
        self._cell: list[str] | None = None
        self._span = (1, 1)
        self._depth = 0
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style"}:
            self._silent += 1
        elif tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append([])
                self._held = {}
        elif tag == "tr" and self._depth == 1:
            self._end_row()
            self._in_row = True
        elif tag in {"td", "th"} and self._depth == 1:
            self._end_cell()
            self._in_row = True
            said = dict(attrs)
            self._cell, self._span = [], (_count(said.get("colspan")), _count(said.get("rowspan")))

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._silent = max(0, self._silent - 1)
        elif tag in {"td", "th"}:
            self._end_cell()
        elif tag == "tr" and self._depth == 1:
            self._end_row()
        elif tag == "table":
            if self._depth == 1:
                self._end_row()
            self._depth = max(0, self._depth - 1)

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._cell is not None:
            self._cell.append(data)
        elif self._depth == 0:
            self.outside.append(data)

    def _fill(self) -> None:
        """Cells of earlier rows that reach into this one."""
        while len(self._row) in self._held:
            column = len(self._row)
            left, text = self._held.pop(column)
            self._row.append(text)
            if left > 1:
                self._held[column] = (left - 1, text)

    def _end_row(self) -> None:
        """Pages leave its end to be guessed. Where none is open, cells that span rows wait for the next one."""
        if not self._in_row:
            return
        self._in_row = False
        self._end_cell()
        self._fill()
        if any(self._row):
            self.tables[-1].append(self._row)
        self._row = []

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        self._fill()
        text, (across, down) = " ".join("".join(self._cell).split()), self._span
        for _ in range(across):
            if down > 1:
                self._held[len(self._row)] = (down - 1, text)
            self._row.append(text)
        self._cell = None


def _count(said: str | None) -> int:
    """How many rows or columns a cell spans; more than a chart has is nonsense."""
    return min(int(said), 50) if said and said.isdigit() and int(said) else 1
