"""Types texts into editors.xlsx in LibreOffice, sorts it and saves it: FOLDER LANGUAGE. Run by a Python that has uno.

Reads typed.txt, writes saved.xlsx and saved-Texts.csv.
"""

import subprocess
import sys
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException


def value(name, content):
    one = PropertyValue()
    one.Name, one.Value = name, content
    return one


def connected(pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(600):
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            time.sleep(0.1)
    raise SystemExit("LibreOffice does not answer")


def set_language(context, language):
    provider = context.ServiceManager.createInstance("com.sun.star.configuration.ConfigurationProvider")
    access = provider.createInstanceWithArguments(
        "com.sun.star.configuration.ConfigurationUpdateAccess", (value("nodepath", "/org.openoffice.Setup/L10N"),)
    )
    access.setPropertyValue("ooSetupSystemLocale", language)
    access.commitChanges()


def type_in(document, texts):
    sheet = document.Sheets.getByName("Texts")
    headings = [sheet.getCellByPosition(place, 0).String for place in range(30)]
    for row, text in enumerate(texts, 1):
        sheet.getCellByPosition(headings.index("Decision"), row).FormulaLocal = "edit"
        sheet.getCellByPosition(headings.index("New alt"), row).FormulaLocal = text
    field = uno.createUnoStruct("com.sun.star.table.TableSortField")
    field.Field, field.IsAscending = headings.index("row_id"), False
    fields = uno.Any("[]com.sun.star.table.TableSortField", (field,))
    table = sheet.getCellRangeByPosition(0, 0, headings.index("seen"), len(texts))
    table.sort((value("SortFields", fields), value("ContainsHeader", True)))


def main(folder, language):
    pipe = f"alt-audit-{folder.name}-{language}"
    office = subprocess.Popen(
        [
            "soffice", "--headless", "--norestore", f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            f"--accept=pipe,name={pipe};urp",
        ]
    )  # fmt: skip
    try:
        context = connected(pipe)
        set_language(context, language)
        desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        source = (folder / "editors.xlsx").as_uri()
        document = desktop.loadComponentFromURL(source, "_blank", 0, (value("Hidden", True),))
        type_in(document, (folder / "typed.txt").read_text("utf-8").split("\x1f"))
        for name, kind, options in (
            ("saved.xlsx", "Calc MS Excel 2007 XML", ""),
            ("saved.csv", "Text - txt - csv (StarCalc)", "59,34,76,1,,0,false,true,false,false,false,2"),
        ):
            target = (folder / name).as_uri()
            document.storeToURL(target, (value("FilterName", kind), value("FilterOptions", options)))
        document.close(True)
        desktop.terminate()
        office.wait(60)
    finally:
        office.kill()


main(Path(sys.argv[1]), sys.argv[2])
