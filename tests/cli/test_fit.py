"""`proteus fit`: size advice from a chart, with no system running."""

from pathlib import Path

from typer.testing import CliRunner

from services.cli import app

CHART = "T-shirt, garment measurements in cm, laid flat\nSize;Chest;Length\nS;48.5;68\nM;51;70\nL;53.5;72\n"


def _fit(tmp_path: Path, text: str, *options: str) -> tuple[int, str]:
    chart = tmp_path / "chart.csv"
    chart.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["fit", str(chart), *options])
    return result.exit_code, " ".join(result.output.split())


def test_a_size_is_named_with_what_it_leaves(tmp_path: Path) -> None:
    code, said = _fit(tmp_path, CHART, "--chest", "96", "--height", "172", "--stretch", "moderate_knit")

    assert code == 0
    assert "M, confidence medium" in said
    assert "M leaves 6 cm; this style is meant to have 2 to 10" in said


def test_height_and_weight_name_no_size(tmp_path: Path) -> None:
    code, said = _fit(tmp_path, CHART, "--height", "172", "--weight", "70")

    assert code == 1
    assert "No size: missing_measurement (chest)" in said


def test_a_chart_that_does_not_say_whose_measures_it_gives_is_asked_about(tmp_path: Path) -> None:
    unclear = "Size;Bust;Waist\nS;84;66\nM;88;70\nL;92;74\n"

    code, said = _fit(tmp_path, unclear, "--chest", "88", "--waist", "70", "--garment-class", "blouse")
    answered = _fit(tmp_path, unclear, "--chest", "88", "--garment-class", "blouse", "--kind", "body")

    assert (code, answered[0]) == (1, 0)
    assert "say whose measures the chart gives: --kind body or --kind garment" in said


def test_what_is_no_chart_ends_with_one_line(tmp_path: Path) -> None:
    code, said = _fit(tmp_path, "a receipt\n", "--chest", "90")

    assert code == 1
    assert "No size chart was found" in said
