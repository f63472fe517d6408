"""`alt-audit import`: a sheet is handed in at the terminal, and taken back."""

from __future__ import annotations

import csv
import json

from store.engine import connect
from store.schema import upgrade
from tests.reports.scene import small_site


def filled_in(folder, **texts):
    """The report's editors.csv as Excel in German leaves it, with texts by the pictures' names."""
    with (folder / "report/editors.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file, delimiter=";")
    for row in rows:
        name = row[header.index("image_url")].rpartition("/")[2].partition(".")[0]
        row[header.index("new_alt")] = texts.get(name, "")
    with (folder / "filled.csv").open("w", encoding="cp1252", newline="") as file:
        csv.writer(file, delimiter=";").writerows([header, *rows])


def test_a_sheet_is_taken_and_taken_back(cli):
    engine = connect(f"sqlite:///{cli.folder / 'alt-audit.db'}")
    upgrade(engine)
    small_site(engine)
    engine.dispose()
    assert cli("report", "--out", "report", "--csv-separator", ";").code == 0
    filled_in(cli.folder, missing="Graue Katze auf dem Sofa", twice="???", logo="Shop: home page")

    dry = cli("import", "filled.csv", "--dry-run")
    assert (dry.code, "would be taken" in dry.out, "Nothing was changed" in dry.err) == (1, True, True)
    done = cli("import", "filled.csv", "--who", "Jo Smith")
    assert done.code == 1
    assert "Texts for shop.test" in done.err
    assert "saved without Unicode" in done.err
    assert "there is no word in it" in done.out
    lines = [line.split() for line in done.out.splitlines()]
    assert ["edited", "1"] in lines
    assert ["decided", "so", "already", "1"] in lines
    assert "alt-audit import --undo import-" in done.err

    again = json.loads(cli("import", "filled.csv", "--format", "json").out)
    assert (again["batch"], again["settled"], again["not_taken"]) == (None, 2, 1)
    back = cli("import", "--undo")
    assert (back.code, back.out.startswith("Took back 1 decision of import-")) == (0, True)

    for arguments, message in [
        (("import",), "name the file that was filled in"),
        (("import", "nothing.xlsx"), "cannot read nothing.xlsx"),
        (("import", "--undo", "import-1"), "there is no batch 'import-1' to take back"),
        (("import", "filled.csv", "--site", "other.test"), "other.test was not crawled into"),
    ]:
        refused = cli(*arguments)
        assert (refused.code, refused.out) == (2, "")
        assert message in refused.err
