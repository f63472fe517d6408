"""Which occurrences share one alt text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.identity.context_key import context_key
from core.records import Context, ImageKind, Occurrence

PLAIN = Occurrence(
    key="k", kind=ImageKind.IMG, element="img", selector="img", html="<img src=a>", image_url="http://shop.test/a"
)
LINK = replace(
    PLAIN, interactive="link", sole_content=True, context=Context(link_url="http://shop.test/x", link_text="Buy")
)


def within(occurrence: Occurrence, **changes: str | None) -> Occurrence:
    return replace(occurrence, context=replace(occurrence.context, **changes))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        pytest.param(PLAIN, within(PLAIN, heading="Other"), id="heading"),
        pytest.param(PLAIN, within(PLAIN, surrounding="Other text"), id="text around"),
        pytest.param(PLAIN, replace(PLAIN, alt="a fox", html="<img alt>"), id="alt and markup"),
        pytest.param(PLAIN, replace(PLAIN, element="input"), id="element"),
        pytest.param(
            within(PLAIN, figcaption="A Fox."), within(PLAIN, figcaption=" a  fox"), id="figcaption written otherwise"
        ),
        pytest.param(
            PLAIN, replace(within(PLAIN, link_url="http://shop.test/y"), interactive="link"), id="link that has a text"
        ),
        pytest.param(LINK, within(LINK, link_text="Other"), id="link text"),
    ],
)
def test_one_text_for_both(one: Occurrence, two: Occurrence) -> None:
    assert context_key(one) == context_key(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        pytest.param(PLAIN, LINK, id="picture or link"),
        pytest.param(LINK, within(LINK, link_url="http://shop.test/y"), id="where the link leads"),
        pytest.param(LINK, replace(within(LINK, link_url=None), interactive="button"), id="link or button"),
        pytest.param(PLAIN, within(PLAIN, figcaption="A fox"), id="figcaption"),
        pytest.param(PLAIN, within(PLAIN, product="Fox print"), id="product"),
        pytest.param(within(PLAIN, figcaption="A fox"), within(PLAIN, product="A fox"), id="figcaption is not product"),
        pytest.param(
            replace(PLAIN, image_url=None, html="<svg id=a>"),
            replace(PLAIN, image_url=None, html="<svg id=b>"),
            id="markup where there is no address",
        ),
    ],
)
def test_a_text_for_each(one: Occurrence, two: Occurrence) -> None:
    assert context_key(one) != context_key(two)
