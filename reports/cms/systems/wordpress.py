"""WordPress: a CSV for plugins, commands for WP-CLI, and calls of the REST API.

Never WXR: its import finds the attachment, and adds a second text beside the first, which is the one that is read.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from lxml import etree

from core.errors import UsageError
from reports.cms.addresses import picture_key
from reports.cms.files import expected, request, write_csv, write_json_lines
from reports.cms.system import Kind, Slot, System

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.cms.approved import Approved
    from reports.cms.system import Plan

CSV = "wordpress-alt-texts.csv"
SCRIPT = "wordpress-alt-texts.sh"
CALLS = "wordpress-alt-texts.jsonl"
META = "_wp_attachment_image_alt"
_NAMESPACE = "{http://wordpress.org/export/1.2/}"
_SIZE = re.compile(r"-\d{1,4}x\d{1,4}(?=\.[a-z]+$)", re.I)
_SCRIPT = f"""#!/bin/sh
# Sets alt texts of the media library with WP-CLI. A text that somebody wrote since the crawl stays.
set -eu

# set_alt NUMBER TEXT OLD...: the text goes in by standard input, since one that starts with - would be an option.
set_alt() {{
  id=$1 text=$2
  shift 2
  now=$(wp post meta get "$id" {META} 2>/dev/null) || now=
  for old in "$@"; do
    if [ "$now" = "$old" ]; then
      printf %s "$text" | wp post meta update "$id" {META}
      return
    fi
  done
  printf 'attachment %s is left alone, since it says: %s\\n' "$id" "$now" >&2
}}

"""


def read_media(path: Path) -> list[tuple[str, str, str]]:
    """(number, address, alt text) of the attachments in an export of the media library (WXR, only to be read)."""
    found = []
    try:
        items = etree.iterparse(
            path, events=("end",), tag="item", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        for _, item in items:
            address = item.findtext(f"{_NAMESPACE}attachment_url")
            number = item.findtext(f"{_NAMESPACE}post_id") or ""
            if address and number.isdigit():
                found.append((number, address, _alt(item)))
            item.clear()
    except (etree.XMLSyntaxError, OSError) as error:
        raise UsageError(
            f"cannot read {path} as WordPress' export: {error}. It comes from Tools > Export > Media."
        ) from error
    if not found:
        raise UsageError(f"{path} has no attachments: take the export of Tools > Export > Media.")
    return found


def _alt(item: etree._Element) -> str:
    """The text of the first such entry, as WordPress reads it."""
    for meta in item.iterfind(f"{_NAMESPACE}postmeta"):
        if meta.findtext(f"{_NAMESPACE}meta_key") == META:
            return meta.findtext(f"{_NAMESPACE}meta_value") or ""
    return ""


def unsized(url: str) -> str | None:
    """The key of the upload that a smaller copy (pot-300x200.jpg) was made of, as far as its name tells."""
    key = picture_key(url)
    return _SIZE.sub("", key) if key is not None else None


def slots(media: list[tuple[str, str, str]]) -> Iterator[Slot]:
    """The attachments."""
    return (Slot(number, f"attachment {number}", address, alt) for number, address, alt in media)


def own_number(text: Approved) -> Iterator[Slot]:
    """The attachments whose numbers stand in the classes of the pages' images (wp-image-611)."""
    return (Slot(number, f"attachment {number}") for number in text.known.media_ids)


def own_address(text: Approved) -> Iterator[Slot]:
    """The upload itself, whose smaller copies the pages show: the crawl has told sizes from names by what they show."""
    upload = text.image_url.partition("?")[0]
    if "/uploads/" in upload:
        yield Slot(upload, upload)


def write_plugin_csv(plan: Plan, folder: Path) -> None:
    """One row a picture."""
    rows = ((change.slot.address or f"{change.slot.at}", change.text) for change in plan.changes.values())
    write_csv(folder / CSV, ("Image URL", "Alt Text"), rows)


def write_script(plan: Plan, folder: Path) -> None:
    """One command a picture."""
    with (folder / SCRIPT).open("w", encoding="utf-8", newline="\n") as file:
        file.write(_SCRIPT)
        for change in plan.changes.values():
            words = shlex.join((f"{change.slot.at}", change.text, *change.olds))
            file.write(f"set_alt {words}\n")


def write_calls(plan: Plan, folder: Path) -> None:
    """One call a picture."""
    write_json_lines(
        folder / CALLS,
        (
            request(
                "POST",
                f"/wp-json/wp/v2/media/{change.slot.at}",
                {"alt_text": change.text},
                {"alt_text": expected(change)},
            )
            for change in plan.changes.values()
        ),
    )


_FROM = "Tools > Export > Media"
_COPIES = "Posts keep copies of their own of a text: what stands in them already changes only there."
SYSTEMS = (
    System(
        name="wordpress",
        title="WordPress, plugin",
        kind=Kind.IMPORT_FILE,
        how=f"{CSV}, for a plugin that imports alt texts by the picture's address (columns Image URL and Alt Text): "
        f"Alt Text Updater, AltTag CSV Importer. {_COPIES}",
        files=(CSV,),
        read=read_media,
        export_from=_FROM,
        slots=slots,
        loose_key=unsized,
        own=own_address,
        write=write_plugin_csv,
        unverified="Whether a plugin finds a large upload, which WordPress keeps as NAME-scaled.jpg, by the address "
        "without it; with --join its own address is written. Whether the plugin keeps texts that are there.",
    ),
    System(
        name="wordpress-cli",
        title="WordPress, WP-CLI",
        kind=Kind.CHANGE_LIST,
        how=f"In the folder of the site: sh {SCRIPT}. {_COPIES}",
        files=(SCRIPT,),
        read=read_media,
        export_from=_FROM,
        slots=slots,
        loose_key=unsized,
        own=own_number,
        says_decorative=True,
        write=write_script,
    ),
    System(
        name="wordpress-rest",
        title="WordPress, REST API",
        kind=Kind.CHANGE_LIST,
        how=f"For each line of {CALLS}: get the same path, go on if its alt_text is one of `expect`, and send `body`. "
        f"{_COPIES}",
        files=(CALLS,),
        read=read_media,
        export_from=_FROM,
        slots=slots,
        loose_key=unsized,
        own=own_number,
        says_decorative=True,
        write=write_calls,
    ),
)
