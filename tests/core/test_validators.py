"""Validators: those that are well formed are sent back, others are none."""

from __future__ import annotations

import pytest

from core.net.validators import NO_VALIDATORS, Validators, read_validators

DATE = "Sat, 01 Jan 2000 00:00:00 GMT"


@pytest.mark.parametrize("etag", ['"a"', 'W/"a-b"', '""', '"' + "x" * 200 + '"'])
def test_well_formed(etag: str) -> None:
    assert read_validators(etag, DATE) == Validators(etag, DATE)
    assert read_validators(etag, DATE).conditions() == {"If-None-Match": etag, "If-Modified-Since": DATE}


@pytest.mark.parametrize(
    "etag", [None, "", "a", '"a', 'w/"a"', '"a"b"', '"a b"', '"\u00e4"', '"\udcff"', '"a\x00"', '"' + "x" * 201 + '"']
)
def test_an_etag_that_is_none(etag: str | None) -> None:
    assert read_validators(etag, None) == NO_VALIDATORS
    assert NO_VALIDATORS.conditions() == {}


@pytest.mark.parametrize(
    "date", [None, "", "yesterday", DATE + "\n", DATE + "x" * 40, "Sat, 01 Jan 9999999999 00:00:00", "\u0661 Jan 2000"]
)
def test_a_date_that_is_none(date: str | None) -> None:
    assert read_validators(None, date) == NO_VALIDATORS
