"""What a model says of texts for a picture that compares the two: one more witness, or a doubt. Pure."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from core.agreement import AGREEMENT, OTHERS, Agreement, agreement
from core.records import Witness
from suggestions.evidence.witnesses import meant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from store.suggestions import ContextGroup
    from suggestions.evidence.chances import Evidence

MISFIT = 0.5  # a text that fits better than no more than these of the other texts is doubted
_SPEAKS_FOR = 0.8
_ALIKE = 0.5  # of a text's words: what shares more may be of the same picture


def agreement_of(group: ContextGroup) -> Agreement | None:
    """What was said of the group's picture; None where nobody compared it with texts."""
    return agreement(group.analyses.get(AGREEMENT))


def heard(found: Iterable[Evidence], said: Agreement | None, weights: Mapping[str, float]) -> list[Evidence]:
    """The same texts with what the model says for them and against them."""
    return [_weighed(one, said, weights) for one in found]


def is_misfit(text: str, group: ContextGroup) -> bool:
    """Whether half of the other texts of the site, or more, fit the group's picture as well as this one."""
    said = agreement_of(group)
    share = said.share(text) if said is not None else None
    return share is not None and share <= MISFIT


def others_for(own: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Texts of a site that those of a picture are compared with: the first ones that say something else."""
    words = [meant(text) for text in own]

    def says_else(text: str) -> bool:
        said = meant(text)
        return text not in own and not any(len(said & one) > _ALIKE * min(len(said), len(one)) for one in words)

    return list(islice(filter(says_else, texts), OTHERS))


def _weighed(one: Evidence, said: Agreement | None, weights: Mapping[str, float]) -> Evidence:
    share = said.share(one.text) if said is not None else None
    if share is None or not 0 < one.chance < 1:
        return one
    score = math.log(one.chance / (1 - one.chance)) + weights["witness.agreement"] * (2 * share - 1)
    witnesses = (*one.witnesses, Witness.AGREEMENT) if share >= _SPEAKS_FOR else one.witnesses
    return replace(one, chance=1 / (1 + math.exp(-score)), witnesses=witnesses)
