"""The edge of transformers, whose classes pick what they return at run time: annotations cannot say what that is."""

from __future__ import annotations

from typing import Any, TypeAlias

import transformers

Part: TypeAlias = Any  # a configuration, a processor, a tokenizer, a network, its settings
Source: TypeAlias = dict[str, Any]  # arguments of from_pretrained that say where from

library: Any = transformers
