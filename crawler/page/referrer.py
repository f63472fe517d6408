"""How a page names itself in the requests for its pictures. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.referrer_policy import policy_named, policy_of_element, policy_of_meta

if TYPE_CHECKING:
    from turbohtml import Element

    from crawler.page.document import Document


class ReferrerPolicies:
    """Those of one page: as its last meta element says, else as its header does; an element may have its own."""

    def __init__(self, document: Document, header: str | None) -> None:
        self._of_page = policy_named(header)
        self._has_any = "referrer" in document.lowered
        for meta in document.root.iter_elements("meta") if self._has_any else ():
            if (meta.attr("name") or "").strip().lower() == "referrer":
                self._of_page = policy_of_meta(meta.attr("content")) or self._of_page

    def of(self, image: Element) -> str | None:
        """The policy of requests for an image; None where nothing says one."""
        own = policy_of_element(image.attr("referrerpolicy")) if self._has_any else None
        return own or self._of_page
