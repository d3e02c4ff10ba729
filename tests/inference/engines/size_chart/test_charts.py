"""Size charts whose truth is known: pictures drawn for this project, and text as shops have it."""

from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import cv2
import drawn
import numpy as np
import pytest
from PIL import Image

from benchmarks.charts import measure_charts
from inference.engines.size_chart.reader.read import read, read_picture, read_text
from inference.engines.size_chart.reader.values import read_value
from inference.errors import PictureError
from inference.pictures import WORKING_PIXELS, decode
from inference.tasks.size_chart import ChartReading, ChartSource
from schemas.jobs.size_chart import MAX_CELLS

DATA = Path(__file__).parent / "data"


def test_charts_are_read_and_what_is_wrong_is_asked_about() -> None:
    tally = measure_charts(DATA)

    assert tally.right and tally.passes(), tally.told


def test_charts_are_found_below_a_folder_and_none_at_all_is_no_success(tmp_path: Path) -> None:
    below = tmp_path / "charts"
    below.mkdir()
    drawn.write(below, drawn.charts(7, 1, ("en",)))

    assert measure_charts(tmp_path).charts == 1
    with pytest.raises(FileNotFoundError, match="holds no chart"):
        measure_charts(tmp_path / "elsewhere")


@pytest.mark.slow
def test_charts_of_many_languages_fonts_and_photographs_are_read(tmp_path: Path) -> None:
    languages = ("en", "de", "fr", "it", "es", "pt") + (("ja", "zh") if drawn.CJK.exists() else ())
    drawn.write(tmp_path, drawn.charts(2026, 40, languages))

    tally = measure_charts(tmp_path)

    assert tally.passes(0.97), tally.told


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("80–84", (80, 84)),
        ("31½–33", (31.5, 33)),
        ('14 1/2"', 14.5),
        ("373/4", 37.75),
        ("54,5", 54.5),
        ("92-98 cm", (92, 98)),
        ("90/94", (90, 94)),
        ("35 1/2 - 37 1/2", (35.5, 37.5)),
        ("88 - 92*", (88, 92)),
    ],
)
def test_a_value_is_read_as_shops_print_it(text: str, value: float | tuple[float, float]) -> None:
    reading = read_value(text)

    assert reading is not None
    assert reading.choices[0] == value


@pytest.mark.parametrize("text", ["155/80A", "M", "free size", "", "one"])
def test_what_has_letters_of_its_own_is_no_value(text: str) -> None:
    assert read_value(text) is None


def test_a_misprinted_range_is_shown_and_never_trusted() -> None:
    reading = read_value("83 CM - 82 CM")

    assert reading is not None
    assert (reading.choices, reading.repaired) == (((83.0, 82.0),), True)


def test_girths_alone_are_asked_about() -> None:
    (table,) = read_text("Size;Bust;Waist\nS;84;66\nM;88;70\nL;92;74\n")

    assert {question.code for question in table.questions} == {"body_or_garment"}


def test_small_numbers_without_a_word_for_their_unit_are_asked_about() -> None:
    (table,) = read_text("Size;Body width;Sleeve\nS;19;8\nM;20;8.5\nL;21;9\n")

    assert (table.unit, {question.code for question in table.questions}) == ("in", {"unit"})


def test_a_step_unlike_the_others_is_looked_at_by_a_person() -> None:
    (table,) = read_text("body measurements cm\nSize;Chest\nS;84\nM;88\nL;192\nXL;96\n")

    assert table.columns["chest"].cells["L"].confidence < 0.9


def test_scripts_in_html_say_nothing() -> None:
    page = "<table><tr><th>Size</th><th>Chest (cm)</th></tr><tr><td>S</td><td>90<script>8</script></td></tr></table>"

    (table,) = read_text(page + "<script>var inches = 'garment measurements'</script>")

    assert (table.unit, table.columns["chest"].cells["S"].value) == ("cm", 90)


def test_rows_of_html_need_not_be_closed() -> None:
    (table,) = read_text("<table><tr><th>Size<th>Body chest, cm<tr><td>S<td>88<tr><td>M<td>92</table>")

    assert (table.sizes, table.columns["chest"].cells["M"].value) == (("S", "M"), 92)


def test_two_charts_in_one_are_two_tables() -> None:
    women, men = read_text(
        "body measurements cm\nSize;Chest;Waist;;Size;Chest;Waist\n"
        "S;84-88;66-70;;M;96-100;84-88\nM;88-92;70-74;;L;100-104;88-92\n"
    )

    assert (women.sizes, men.sizes) == (("S", "M"), ("M", "L"))
    assert men.columns["chest"].cells["L"].value == (100, 104)


def test_a_waist_that_is_a_size_in_french_begins_no_second_chart() -> None:
    (table,) = read_text("Körpermaße cm\nGröße;Brustumfang;Taille;Hüfte\nM;82;62;89\nL;86;66;93\n")

    assert table.columns.keys() == {"chest", "waist", "hip"}


def test_a_chart_without_sizes_is_asked_for_them() -> None:
    (table,) = read_text("Body measurements;;\nChest (cm);Waist\n84;66\n88;70\n92;74\n")

    assert [question.code for question in table.questions] == ["size_labels"]


@pytest.mark.parametrize(
    ("text", "measures", "asked"),
    [
        # Only a person knows which chest is meant, or who is who.
        (
            "Size;Bust;Chest\nS;84;90\nM;88;94\n",
            ["Bust (column 2)", "Chest (column 3)"],
            {"Bust (column 2)", "Chest (column 3)"},
        ),
        ("Size;Foo;Foo\nS;84;90\nM;88;94\n", ["Foo (column 2)", "Foo (column 3)"], None),
        ("Size;Chest;Foo;Foo\nS;84;1;2\nM;88;2;3\n", ["chest", "Foo (column 3)", "Foo (column 4)"], None),
        # A header that says it outright stands before one that holds the word.
        (
            "Size;Chest;Chest of your favourite tee\nS;84;90\nM;88;94\n",
            ["chest", "Chest of your favourite tee (column 3)"],
            {"Chest of your favourite tee (column 3)"},
        ),
        # The same in inches, and a half beside its whole, say nothing else.
        ("Size;Chest (cm);Chest (in)\nS;84;33\nM;88;34.5\n", ["chest"], set()),
        ("Size;Chest;Chest\nS;33-34.5;84-88\nM;34.5-36;88-92\n", ["chest"], set()),
        ("Size;Half chest;Chest\nS;42;84\nM;44;88\n", ["chest"], set()),
    ],
)
def test_a_measure_that_is_there_twice_is_asked_about_unless_both_say_the_same(
    text: str, measures: list[str], asked: set[str] | None
) -> None:
    (table,) = read_text("body measurements cm\n" + text)

    assert list(table.columns) == measures
    unknown = {question.about for question in table.questions if question.code == "unknown_header"}
    assert asked is None or unknown == asked
    certain = {
        name
        for name, column in table.columns.items()
        if min(c.confidence for c in column.cells.values()) >= 0.9
    }
    assert certain == set(measures) - unknown


def test_a_lone_number_among_ranges_is_looked_at_by_a_person() -> None:
    (table,) = read_text("body measurements cm\nSize;Chest\nS;85-89\nM;89.93\nL;93-97\n")

    cell = table.columns["chest"].cells["M"]
    assert cell.value == (89, 93) and cell.confidence < 0.9


def test_a_girth_of_half_a_girths_size_is_asked_about() -> None:
    (table,) = read_text("Misure del capo in piano (cm)\nTaglia;Torace;Lunghezza\nS;48;68\nM;50;70\n")

    assert "flat_or_girth" in {question.code for question in table.questions}


def test_columns_whose_headers_nobody_can_read_are_shown_and_asked_for() -> None:
    (table,) = read_text(";S;M;L\n총?;66;69;72\n;50;52;54\n")

    assert table.sizes == ("S", "M", "L")
    assert {question.code for question in table.questions} >= {"unknown_header"}
    assert [[cell.value for cell in column.cells.values()] for column in table.columns.values()] == [
        [66, 69, 72],
        [50, 52, 54],
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Milk 1 l   1.29\nSocks size M   4.99\nTOTAL   6.28\n",
        "Total: 12.50\nThank you!",
        "name;price\nshirt;20\n",
        "<p>no table</p>",
    ],
)
def test_what_is_no_chart_is_said_so(text: str) -> None:
    with pytest.raises(PictureError) as caught:
        read_text(text)

    assert caught.value.code == "no_size_chart"


def test_a_picture_without_a_chart_is_said_so() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (64, 96, 3), dtype=np.uint8)
    picture = cv2.resize(noise, (480, 320)).astype(np.uint8)

    with pytest.raises(PictureError) as caught:
        read_picture(picture)

    assert caught.value.code == "no_size_chart"


BODIES = [
    ["Size", "Chest", "Waist"],
    ["S", "84-88", "66-70"],
    ["M", "88-92", "70-74"],
    ["L", "92-96", "74-78"],
]


def _photo(cells: list[list[str]], above: str, *below: str) -> bytes:
    look = drawn.Look(lines=False, tilt=1, blur=0.5)
    return drawn.picture(drawn.Drawn("photo", cells, [above], [], look, list(below)))


def _seen(photo: bytes) -> ChartReading:
    return read(ChartSource(picture=decode(photo)))


@pytest.mark.parametrize("what", ["portrait", "receipt"])
def test_a_photo_of_something_else_is_said_to_be_no_chart_and_what_one_needs(what: str) -> None:
    portrait = (DATA.parents[4] / "samples/drawn/people/ada.jpg").read_bytes()
    items = [["Milk 1 l", "1.29"], ["Socks size M", "4.99"], ["Bread", "2.49"], ["TOTAL", "8.77"]]

    with pytest.raises(PictureError, match="it needs sizes, and measures") as caught:
        _seen(portrait if what == "portrait" else _photo(items, "FRESH MARKET", "Thank you!"))

    assert caught.value.code == "no_size_chart"


def test_two_charts_in_one_photo_are_two_tables_and_what_only_one_says_is_asked_of_the_other() -> None:
    men = [
        ["Size", "Chest", "Waist"],
        ["M", "96-100", "84-88"],
        ["L", "100-104", "88-92"],
        ["XL", "104-108", "92-96"],
    ]
    side_by_side = [[*one, " ", *other] for one, other in zip(BODIES, men, strict=True)]

    first, second = _seen(_photo(side_by_side, "Body measurements (cm)")).tables

    assert (first.sizes, second.sizes) == (("S", "M", "L"), ("M", "L", "XL"))
    assert second.columns["waist"].cells["XL"].value == (92, 96)
    assert {question.code for question in second.questions} <= {"body_or_garment"}


def test_a_photo_of_a_chart_without_sizes_is_asked_for_them() -> None:
    (table,) = _seen(_photo([row[1:] for row in BODIES], "Body measurements (cm)")).tables

    assert [question.code for question in table.questions] == ["size_labels"]


def test_a_chart_in_a_photo_of_forty_megapixels_is_read_where_it_stands() -> None:
    chart = Image.open(BytesIO(_photo(BODIES, "Body measurements (cm)")))
    page = Image.new("RGB", (7300, 5500), (120, 110, 100))
    page.paste(chart.resize((6000, 6000 * chart.height // chart.width)), (600, 900))
    page.save(photo := BytesIO(), "JPEG", quality=80)

    # To look for text in so large a picture takes 0.8 GB: not beside all tests.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as reader:
        seen = reader.submit(_seen, photo.getvalue()).result(600)

    assert seen.tables[0].columns["waist"].cells["L"].value == (74, 78)
    assert seen.size is not None and seen.size[0] * seen.size[1] <= WORKING_PIXELS
    left, top, right, bottom = seen.tables[0].columns["chest"].cells["S"].box or (0, 0, 0, 0)
    assert 0.3 < left / seen.size[0] < right / seen.size[0] < 0.7
    assert 0.2 < top / seen.size[1] < bottom / seen.size[1] < 0.75


def test_a_table_of_ten_thousand_cells_is_refused() -> None:
    rows = "\n".join(";".join(["S", *["80"] * 99]) for _ in range(MAX_CELLS // 100 + 1))

    with pytest.raises(PictureError) as caught:
        read_text("Size" + ";Chest" * 99 + "\n" + rows)

    assert caught.value.code == "chart_too_large"
