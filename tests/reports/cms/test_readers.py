"""The files as programs read them that are not ours, as near to the systems as can be run here.

Each is skipped where its program is not installed: `preflight` (PyPI preflight-kit), `php`, `mariadbd`, Node's packages
csv-parse, contentful-import and @sanity/mutator (NODE_PATH), Wagtail.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.reports.cms.shop import HOSTILE, SAMPLES, approved, needs_samples, of_sample, written

pytestmark = pytest.mark.slow
CDN = "https://cdn.shop.example.com/s/files/1/0550/0001/files/{file}?v=1710000001"


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def output(*command: object, stdin: str | None = None, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command], input=stdin, capture_output=True, text=True, timeout=120, check=False,
        env=os.environ | environment,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def node(script: str, *arguments: object) -> str:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    done = subprocess.run(["node", "-e", script, *map(str, arguments)], capture_output=True, text=True, check=False)
    if "Cannot find module" in done.stderr:
        pytest.skip(done.stderr.splitlines()[-1] if not done.stderr else "a package of Node is not installed")
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs("preflight")
@needs_samples
@pytest.mark.parametrize("export", ["current", "legacy"])
def test_preflight_finds_nothing_critical_for_shopify(export, tmp_path):
    written("shopify", of_sample(CDN), tmp_path, SAMPLES / f"shopify/export-{export}.csv")
    file = tmp_path / "shopify-alt-texts.csv"
    output("preflight", "check", file, "--intent", "update", "--lang", "en", "--out-dir", tmp_path)
    assert "product groups 5 / 0 critical" in (tmp_path / "report.md").read_text("utf-8")


PHP_LABELS = r"""<?php
$out = []; $file = fopen($argv[1], 'r'); $head = fgetcsv($file, 0, ',', '"', '\\');
while (($row = fgetcsv($file, 0, ',', '"', '\\')) !== false) {
  $row = array_combine($head, $row);
  $labels = [explode('|', $row['base_image_label'])[0]];
  $out[$row['sku']] = array_merge($labels, $row['additional_images'] === '' ? [] : array_map(null,
    explode('|', $row['additional_images']), explode('|', $row['additional_image_labels'])));
}
echo json_encode($out);"""


@needs("php")
def test_php_reads_the_labels_of_adobe_commerce_as_they_were_written(tmp_path):
    headings = ["sku", "base_image", "base_image_label", "small_image", "small_image_label", "thumbnail_image",
                "thumbnail_image_label", "additional_images", "additional_image_labels"]  # fmt: skip
    rows = [
        [f"00{n}", f"/b/{n}.jpg", "", "", "", "", "", f"/l/{n}.jpg,/m/{n}.jpg", ",kept"] for n in range(len(HOSTILE))
    ]
    with (tmp_path / "export.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headings, *rows])
    media = "https://a.test/media/catalog/product"
    texts = [approved(f"{media}/{folder}/{n}.jpg", text) for folder in "bl" for n, text in enumerate(HOSTILE.values())]
    matched = written("adobe-commerce", texts, tmp_path, tmp_path / "export.csv")
    assert {line.text for line in matched.unmatched} == {HOSTILE["percent"]}  # it has a backslash
    (tmp_path / "read.php").write_text(PHP_LABELS)
    read = json.loads(output("php", tmp_path / "read.php", tmp_path / "adobe-commerce-alt-texts.csv"))
    assert read == {
        f"00{n}": [text, [f"/l/{n}.jpg", text], [f"/m/{n}.jpg", "kept"]]
        for n, text in enumerate(HOSTILE.values())
        if "\\" not in text
    }


@pytest.mark.parametrize("shell", ["sh", "bash", "dash"])
def test_the_script_for_wp_cli_sets_every_text_and_runs_nothing_else(shell, tmp_path):
    """With a `wp` that keeps the texts in files, as the real one does in its table."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "meta").mkdir()
    (tmp_path / "bin").mkdir()
    wp = tmp_path / "bin/wp"
    wp.write_text(
        '#!/bin/sh\n[ "$#" = 5 ] || exit 9\ncase $3 in\nget) cat "$META/$4" ;;\nupdate) cat > "$META/$4" ;;\nesac\n'
    )
    wp.chmod(0o755)
    texts = [
        approved(f"https://a.test/wp-content/uploads/{n}.jpg", text, "was 'here'", media_id=f"{n}")
        for n, text in enumerate(HOSTILE.values(), 1)
    ]
    (tmp_path / "meta/1").write_text("was 'here'")
    (tmp_path / "meta/2").write_text("somebody's own")
    written("wordpress-cli", texts, tmp_path)
    output(
        shell, tmp_path / "wordpress-alt-texts.sh",
        META=str(tmp_path / "meta"), PATH=f"{wp.parent}:{os.environ['PATH']}",
    )  # fmt: skip
    found = {int(path.name): path.read_text("utf-8") for path in (tmp_path / "meta").iterdir()}
    assert found == dict(enumerate(HOSTILE.values(), 1)) | {2: "somebody's own"}
    assert not Path("pwned").exists()


@needs("mariadbd", "mariadb", "mariadb-install-db")
def test_a_database_takes_every_text_for_prestashop_and_nothing_else(tmp_path):
    socket = tmp_path / "s"
    place = [f"--datadir={tmp_path / 'data'}", "--no-defaults"]
    user = ["--user=root"] if os.geteuid() == 0 else []
    output("mariadb-install-db", *reversed(place), "--auth-root-authentication-method=normal", *user)
    server = subprocess.Popen(
        ["mariadbd", *reversed(place), f"--socket={socket}", "--skip-networking", *user], stderr=subprocess.DEVNULL
    )
    client = ["mariadb", f"--socket={socket}", "--user=root", "--default-character-set=utf8mb4", "--batch", "--raw"]
    try:
        for _ in range(300):
            if socket.exists():
                break
            time.sleep(0.1)
        texts = [
            approved(f"https://a.test/{n}-large_default/x.jpg", text, "a\\'b")
            for n, text in enumerate(HOSTILE.values(), 1)
        ]
        matched = written("prestashop", texts, tmp_path)
        refused = {line.text for line in matched.unmatched}
        assert refused == {text for text in HOSTILE.values() if set(text) & set("<>={}")}
        values = ", ".join(f"({n}, 1, 'a\\\\\\'b')" for n in range(1, len(texts) + 1))
        tables = (
            "CREATE DATABASE shop CHARACTER SET utf8mb4; USE shop;"
            "CREATE TABLE ps_lang (id_lang INT, iso_code VARCHAR(2));"
            "INSERT INTO ps_lang VALUES (1, 'en'); CREATE TABLE ps_configuration (name VARCHAR(99), value TEXT);"
            "CREATE TABLE ps_image_lang (id_image INT, id_lang INT, legend VARCHAR(128));"
            f"INSERT INTO ps_image_lang VALUES {values};"
        )
        output(*client, stdin=tables)
        for mode in ("", "NO_BACKSLASH_ESCAPES"):
            output(
                *client,
                "shop",
                stdin=f"SET sql_mode='{mode}'; UPDATE ps_image_lang SET legend = CONCAT('a', CHAR(92), CHAR(39), 'b');",
            )
            script = (tmp_path / "prestashop-image_lang.sql").read_text("utf-8")
            output(*client, "shop", stdin=f"SET sql_mode='{mode}';\n{script}")
            found = output(
                *client, "--skip-column-names", "shop", "-e", "SELECT legend FROM ps_image_lang ORDER BY id_image"
            )
            wanted = [text if text not in refused else "a\\'b" for text in HOSTILE.values()]
            assert found.splitlines() == wanted, mode
    finally:
        server.terminate()
        server.wait(timeout=60)


@needs_samples
@pytest.mark.parametrize(
    ("name", "address", "join", "file"),
    [
        ("wix", "https://static.wixstatic.com/media/{file}", "wix/export-catalog_products.csv", "wix-alt-texts.csv"),
        ("matrixify-products", CDN, "matrixify/export-Products.csv", "matrixify-Products.csv"),
        ("matrixify-files", CDN, None, "matrixify-Files.csv"),
        ("framer", "https://framerusercontent.example.com/images/{file}", "framer/export-collection.csv",
         "framer-alt-texts.csv"),
    ],
)  # fmt: skip
def test_a_strict_reader_of_csv_sees_the_same_cells(name, address, join, file, tmp_path):
    written(name, of_sample(address), tmp_path, SAMPLES / join if join else None)
    script = """const {parse} = require('csv-parse/sync');
        console.log(JSON.stringify(parse(require('fs').readFileSync(process.argv[1]), {bom: true})))"""
    with (tmp_path / file).open(encoding="utf-8-sig", newline="") as lines:
        assert json.loads(node(script, tmp_path / file)) == list(csv.reader(lines))


@needs_samples
def test_contentful_s_own_schema_takes_the_assets(tmp_path):
    texts = of_sample("https://images.ctfassets.example.com/sp4ce/{file}")
    written("contentful", texts, tmp_path, SAMPLES / "contentful/export.json")
    script = """const fs = require('fs'), path = require('path'), Module = require('module')
        const file = require.resolve('contentful-import'), own = new Module(file)
        own.filename = file; own.paths = Module._nodeModulePaths(path.dirname(file))
        own._compile(fs.readFileSync(file, 'utf8') + ';module.exports.schema = payloadSchema', file)
        const read = JSON.parse(fs.readFileSync(process.argv[1]))
        const {error} = own.exports.schema.validate(read, {allowUnknown: true, abortEarly: false})
        console.log(error ? error.message : 'valid')"""
    assert node(script, tmp_path / "contentful-assets.json").strip() == "valid"


def test_sanity_s_own_mutator_applies_the_patches(tmp_path):
    ref = "image-" + "ab" * 20 + "-10x10-png"
    picture = {"_type": "image", "asset": {"_ref": ref}}
    for text in HOSTILE.values():
        document = {"_id": "post", "_type": "post", "cover": dict(picture, alt="old"), "kept": 1,
                    "body": [{"_key": 'k"1', "_type": "row", "list": [{"_key": "r", **picture}]}]}  # fmt: skip
        (tmp_path / "data.ndjson").write_text(json.dumps(document))
        given = approved(f"https://cdn.sanity.io/images/p/d/{ref[6:-4]}.png", text, "old")
        written("sanity", [given], tmp_path, tmp_path / "data.ndjson")
        script = """const {Mutation} = require('@sanity/mutator'), fs = require('fs')
            const patches = fs.readFileSync(process.argv[2], 'utf8').trim().split('\\n').map(JSON.parse)
            const changed = new Mutation({mutations: patches}).apply(JSON.parse(fs.readFileSync(process.argv[1])))
            console.log(JSON.stringify(changed))"""
        changed = json.loads(node(script, tmp_path / "data.ndjson", tmp_path / "sanity-patches.jsonl"))
        document["cover"]["alt"] = document["body"][0]["list"][0]["alt"] = text
        assert {name: changed[name] for name in document} == document


WAGTAIL = """
import csv, sys
from django.conf import settings
settings.configure(
    SECRET_KEY="x", USE_TZ=True, STATIC_URL="/static/", MEDIA_ROOT=sys.argv[2],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["wagtail.images", "wagtail", "wagtail.users", "wagtail.admin", "wagtail.search", "taggit",
                    "modelcluster", "django.contrib.auth", "django.contrib.contenttypes"],
)
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from wagtail.images.models import Image
for number in range(1, int(sys.argv[3]) + 1):
    Image(id=number, title="IMG.jpg", file=f"original_images/{number}.jpg", width=1, height=1).save()
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    for row in csv.DictReader(file):
        image = Image.objects.get(id=row["id"])
        assert image.description == row["old_description"]
        image.description = row["description"]
        image.full_clean(exclude=["file", "collection"])
        image.save()
for image in Image.objects.order_by("id"):
    sys.stdout.write(ascii(image.default_alt_text) + "\\n")
"""


@pytest.mark.skipif(importlib.util.find_spec("wagtail") is None, reason="not installed: wagtail")
def test_wagtail_shows_the_descriptions_as_alt_texts(tmp_path):
    lines = [f"{n},original_images/{n}.jpg," for n in range(1, len(HOSTILE) + 1)]
    (tmp_path / "images.csv").write_text("\n".join(["id,file,description", *lines]))
    texts = [
        approved(f"https://a.test/media/original_images/{n}.jpg", text) for n, text in enumerate(HOSTILE.values(), 1)
    ]
    assert written("wagtail", texts, tmp_path, tmp_path / "images.csv").joined == len(HOSTILE)
    shown = output(sys.executable, "-c", WAGTAIL, tmp_path / "wagtail-descriptions.csv", tmp_path, len(HOSTILE))
    assert shown.splitlines() == [ascii(text) for text in HOSTILE.values()]
