"""Blocks of words to tables with measures, and questions where a person must decide."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

from inference.engines.fit.rules.chart_values import GIRTHS, middle
from inference.engines.size_chart.reader import meaning
from inference.engines.size_chart.reader.layout import EMPTY, SIZE, Block, blocks, is_section, is_unit
from inference.engines.size_chart.reader.lexicon import Term, cues, header, unit_in
from inference.engines.size_chart.reader.sections import Found, sections_of
from inference.engines.size_chart.reader.steps import like_its_neighbours, steadiest
from inference.engines.size_chart.reader.values import Reading, read_value
from inference.tasks.size_chart import Cell, Column, Facts, Grid, Question, Table, Word
from schemas.jobs.size_chart import MAX_HEADER, MAX_LABEL, Box

#: What a repaired fraction is trusted at most.
_REPAIRED = 0.6
_SURE_FROM = 0.9
#: Sections that mean the body's own where a chart gives no garment.
_LENGTHS = frozenset({"length", "sleeve", "sleeve_cb", "shoulder", "inseam", "outseam", "rise", "rise_back"})


def interpret(grid: Grid, facts: Facts) -> list[Table]:
    """The tables of a grid in reading order; none where nothing looks like a chart."""
    return [table for block in blocks(grid) if (table := _table(block, facts)) is not None]


def _table(block: Block, facts: Facts) -> Table | None:
    columns = [_column(block, i) for i in range(len(block.headers[0]))]
    sections = sections_of(columns)
    if not sections or not block.rows:
        return None
    names = _named_by(facts.system, columns) or _size_column(columns, sections)
    sizes, rows = _sizes(names, block)
    if all(column.term is None for column in sections.values()) and not _looks_like_sizes(
        sizes, len(sections)
    ):
        return None  # numbers, but no measure that anybody takes
    words = [*block.words, *(word.text for row in block.headers for word in row)]
    said = set[str]().union(*(cues(text) for text in words))
    kind, asked = meaning.guess_kind(
        said, {n: c.term.measure for n, c in sections.items() if c.term}, _labels(columns)
    )
    questions: list[Question] = []
    if facts.kind is not None:
        kind = facts.kind
    elif asked:
        questions.append(Question("body_or_garment", "the whole chart", ("body", "garment")))
    unit, unsure = _unit(sections, words)
    if facts.unit is not None:
        unit = facts.unit
    elif unsure:
        questions.append(Question("unit", "the whole chart", ("in", "cm")))
    if names is None:
        questions.append(Question("size_labels", "the rows", ()))
    elif facts.system is not None and names is not _named_by(facts.system, columns):
        headers = tuple(column.text for column in columns if _is_label(column))
        questions.append(Question("size_labels", f"no column is headed {facts.system}", headers))
    read = {name: _cells(column, sizes, rows) for name, column in sections.items()}
    read = {name: cells for name, cells in read.items() if cells}
    typical = {name: median(middle(cell.value) for cell in cells.values()) for name, cells in read.items()}
    laid_flat = "garment" in said and any(meaning.LAID_FLAT.search(word.lower()) for word in words)
    table: dict[str, Column] = {}
    for name, cells in read.items():
        column = sections[name]
        measure = _measure(name, column, kind, typical, unit, laid_flat=laid_flat)
        if kind == "garment" and name in GIRTHS and measure == "unknown":
            questions.append(Question("flat_or_girth", column.text, ("flat", "girth")))
        if column.term is None:
            questions.append(Question("unknown_header", column.text, ()))
        unclear = [size for size, cell in cells.items() if cell.confidence < _SURE_FROM]
        questions += [Question("unclear_cell", f"{column.text}, {size}", ()) for size in unclear]
        table[name] = Column(column.text, measure, cells)
    labels = {
        column.text: {
            size: column.words[row].text.strip()[:MAX_HEADER] for size, row in zip(sizes, rows, strict=True)
        }
        for column in columns
        if column is not names and _is_label(column)
    }
    return Table(kind, unit, sizes, table, labels, tuple(questions))


def _column(block: Block, index: int) -> Found:
    """A column's header is the lowest words above it; where those are a unit alone, the group's above or beside."""
    above = [row[index] if index < len(row) else EMPTY for row in block.headers]
    texts = [word for word in above if word.text.strip()]
    named = [word for word in texts if not is_unit(word)]
    if not named and any(is_unit(word) for word in texts):
        named = _beside(block, index)
    text = named[-1].text.strip()[:MAX_HEADER] if named else ""
    terms = header(text) if text else ()
    words = tuple(row[index] if index < len(row) else EMPTY for row in block.rows)
    readings = tuple(read_value(word.text, printed=word.box is None) for word in words)
    units = set[str]().union(*(unit_in(word.text) for word in texts)) & {"cm", "in", "mm", "kg", "lb"}
    if not units:
        units = {unit for r in readings if r and r.unit for unit in unit_in(r.unit)}
    score = min((word.score for word in named), default=1.0)
    term = _choose(terms, words, readings)
    if term is not None:
        term = replace(term, confidence=term.confidence * (1.0 if score >= _SURE_FROM else score))
    return Found(text, term, min(units) if units else None, words, readings)


def _beside(block: Block, index: int) -> list[Word]:
    """The group header of a column that only a unit heads: in a picture it stands between the columns of its group."""
    own = next(row[index].box for row in block.headers if index < len(row) and is_unit(row[index]))
    for row in block.headers:
        groups = [word for word in row if word.text.strip() and not is_unit(word)]
        if own is not None:
            groups = [word for word in groups if word.box and is_section(word)]
            if groups:
                return [min(groups, key=lambda word: abs(_centre(word.box) - _centre(own)))]
        elif index < len(row) and row[index] in groups:
            return [row[index]]
    return []


def _centre(box: Box | None) -> float:
    return (box[0] + box[2]) / 2 if box else 0.0


def _choose(terms: Sequence[Term], words: Sequence[Word], readings: Sequence[Reading | None]) -> Term | None:
    """Of what a header may mean, what its cells bear out: "Taille" is the size where its cells are size labels."""
    filled = [reading for word, reading in zip(words, readings, strict=True) if word.text.strip()]
    numbers = sum(reading is not None for reading in filled)
    wanted = "section" if filled and numbers * 2 > len(filled) else "label"
    return next((t for t in terms if t.kind == wanted), None) or next(iter(terms), None)


def _size_column(columns: Sequence[Found], sections: Mapping[str, Found]) -> Found | None:
    """The first column unless it is a measure or an age beside a column of sizes."""
    free = [
        column
        for column in columns
        if column not in sections.values() and any(w.text.strip() for w in column.words)
    ]
    named = [column for column in free if column.term is not None and column.term.kind == "label"]
    first = next(iter(free), None)
    if first is columns[0]:
        return first
    return (
        next((c for c in named if c.term and c.term.name == "size"), None) or next(iter(named), None) or first
    )


def _named_by(system: str | None, columns: Sequence[Found]) -> Found | None:
    """The column of labels that is headed by the system's name."""
    if system is None:
        return None
    wanted = system.casefold().split()
    return next((c for c in columns if _is_label(c) and set(wanted) <= set(c.text.casefold().split())), None)


def _is_label(column: Found) -> bool:
    return column.term is not None and column.term.kind == "label"


def _sizes(names: Found | None, block: Block) -> tuple[tuple[str, ...], list[int]]:
    """Size labels, each once, and the rows that they stand in."""
    if names is None:
        return tuple(str(i + 1) for i in range(len(block.rows))), list(range(len(block.rows)))
    seen: dict[str, int] = {}
    for row, word in enumerate(names.words):
        if (label := _size_label(word)) and len(label) <= MAX_LABEL:
            seen.setdefault(label, row)
    return tuple(seen), list(seen.values())


def _looks_like_sizes(sizes: Sequence[str], columns: int) -> bool:
    """Whether a grid with headers that nobody can read may be a chart all the same: then a person names its columns."""
    return columns > 1 and len(sizes) > 1 and all(SIZE.fullmatch(size) for size in sizes)


def _size_label(word: Word) -> str:
    """A size as printed; letters that a machine read off a picture are capitals, as every shop prints them."""
    text = word.text.strip()
    return text.upper() if word.box is not None and SIZE.fullmatch(text) else text


def _labels(columns: Sequence[Found]) -> set[str]:
    return {column.term.name for column in columns if column.term is not None and column.term.kind == "label"}


def _unit(sections: Mapping[str, Found], words: Sequence[str]) -> tuple[str, bool]:
    """The unit by header, title or cell; else by size, and asked for where that says inches."""
    headed = {column.unit for column in sections.values() if column.unit in {"cm", "in"}}
    if headed:
        return ("cm" if "cm" in headed else "in"), False
    said = set[str]().union(*(unit_in(text) for text in words)) & {"cm", "in"}
    if len(said) == 1:
        return said.pop(), False
    values = {
        name: [
            max(r.choices[0]) if isinstance(r.choices[0], tuple) else r.choices[0]
            for r in column.readings
            if r
        ]
        for name, column in sections.items()
    }
    flat = [name for name, column in sections.items() if column.term and column.term.measure == "flat"]
    guessed = meaning.guess_unit(values, flat)
    return (guessed, False) if guessed else ("in", True)


def _measure(
    name: str, column: Found, kind: str, typical: Mapping[str, float], unit: str, *, laid_flat: bool
) -> str:
    said = column.term.measure if column.term else "unknown"
    if kind == "body":
        return "body"
    if name in _LENGTHS or said == "length":
        return "length"
    return meaning.flat_or_girth(name, said, typical, unit, laid_flat=laid_flat)


def _cells(column: Found, sizes: Sequence[str], rows: Sequence[int]) -> dict[str, Cell]:
    """Cells by size, unclear fractions settled by the steadiest steps, each with how sure it is."""
    readings = like_its_neighbours(column.readings)
    read = [(size, row, readings[row]) for size, row in zip(sizes, rows, strict=True)]
    known = [(size, row, reading) for size, row, reading in read if reading is not None]
    values = steadiest([reading for _, _, reading in known])
    doubts = meaning.shaken([middle(value) for value in values])
    sure = column.term.confidence if column.term else 0.5
    cells = {}
    for (size, row, reading), value, doubt in zip(known, values, doubts, strict=True):
        word = column.words[row]
        confidence = word.score * sure * (0.5 if doubt else 1.0)
        if reading.repaired:
            confidence = min(confidence, _REPAIRED)
        cells[size] = Cell(value, round(confidence, 3), word.box)
    return cells
