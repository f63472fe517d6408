"""The Transformer that writes a caption from the encoder's grid, one word at a time.

For inference only: no dropout, and each step sees the new word alone, with the keys and values of earlier words kept.
Attribute names are those of the weights file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from captioning.captioners.builtin.encoder import FEATURES

if TYPE_CHECKING:
    from collections.abc import Iterable

KeysValues = tuple[Tensor, Tensor]  # each (N, heads, positions, width / heads)


@dataclass(frozen=True, slots=True)
class DecoderShape:
    """Sizes of the network; `config.json` beside the weights has them."""

    vocabulary: int
    width: int
    heads: int
    encoder_layers: int
    decoder_layers: int
    expansion: int  # how many times wider a feed-forward layer is inside
    positions: int  # longest caption the position table has room for
    cells: int = 50  # of the grid, with its mean in front


@dataclass(slots=True)
class DecoderState:
    """Where a batch of pictures stands, each with the same number of captions (beams) under way."""

    memory: list[KeysValues]  # what each layer looks at, one row a picture: beams of a picture share it
    past: list[KeysValues]  # each layer's earlier words, one row a beam: (B * beams, ...); empty at the start
    steps: int = 0


class _Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.q = nn.Linear(width, width)
        self.kv = nn.Linear(width, 2 * width)
        self.o = nn.Linear(width, width)
        self._heads = heads

    def _split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:-1], self._heads, -1).transpose(1, 2)  # (N, T, W) -> (N, heads, T, W / heads)

    def keys_values(self, source: Tensor) -> KeysValues:
        keys, values = self.kv(source).chunk(2, dim=-1)
        return self._split(keys), self._split(values)

    def forward(self, x: Tensor, keys_values: KeysValues) -> Tensor:
        """What each of the queries x (N, T, W) finds among all the keys: (N, T, W)."""
        found = functional.scaled_dot_product_attention(self._split(self.q(x)), *keys_values)
        mixed: Tensor = self.o(found.transpose(1, 2).flatten(2))  # (N, heads, T, W / heads) -> (N, T, W)
        return mixed


class _FeedForward(nn.Module):
    def __init__(self, width: int, expansion: int) -> None:
        super().__init__()
        self.a = nn.Linear(width, expansion * width)
        self.b = nn.Linear(expansion * width, width)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.b(functional.gelu(self.a(x)))
        return y


class _GridLayer(nn.Module):
    """Lets the cells of the grid see one another."""

    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        self.n1 = nn.LayerNorm(shape.width)
        self.att = _Attention(shape.width, shape.heads)
        self.n2 = nn.LayerNorm(shape.width)
        self.ff = _FeedForward(shape.width, shape.expansion)

    def forward(self, x: Tensor) -> Tensor:
        y = self.n1(x)
        mixed = x + self.att(y, self.att.keys_values(y))
        widened: Tensor = mixed + self.ff(self.n2(mixed))
        return widened


class _WordLayer(nn.Module):
    """Lets the newest word see the earlier ones and the grid."""

    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        self.n1 = nn.LayerNorm(shape.width)
        self.sa = _Attention(shape.width, shape.heads)
        self.n2 = nn.LayerNorm(shape.width)
        self.ca = _Attention(shape.width, shape.heads)
        self.n3 = nn.LayerNorm(shape.width)
        self.ff = _FeedForward(shape.width, shape.expansion)

    def forward(self, x: Tensor, memory: KeysValues, past: KeysValues | None) -> tuple[Tensor, KeysValues]:
        """The newest words x (B, beams, W) -> the same shape, and the words seen so far, these included."""
        newest = self.n1(x).flatten(0, 1).unsqueeze(1)  # (B * beams, 1, W): beams must not see one another
        keys, values = self.sa.keys_values(newest)
        if past is not None:
            keys = torch.cat([past[0], keys], dim=2)
            values = torch.cat([past[1], values], dim=2)
        x = x + self.sa(newest, (keys, values)).view_as(x)
        x = x + self.ca(self.n2(x), memory)  # beams are so many queries to one memory: it is not copied for each
        return x + self.ff(self.n3(x)), (keys, values)


class Decoder(nn.Module):
    """Grid features to word scores, and to a bag of words for the whole picture."""

    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        self.inn = nn.LayerNorm(FEATURES)
        self.proj = nn.Linear(FEATURES, shape.width)
        self.grid = nn.Parameter(torch.empty(shape.cells, shape.width))  # where each cell is
        self.enc = nn.ModuleList(_GridLayer(shape) for _ in range(shape.encoder_layers))
        self.nenc = nn.LayerNorm(shape.width)
        self.emb = nn.Embedding(shape.vocabulary, shape.width)  # also the output layer's weights
        self.pos = nn.Parameter(torch.empty(shape.positions, shape.width))
        self.dec = nn.ModuleList(_WordLayer(shape) for _ in range(shape.decoder_layers))
        self.nd = nn.LayerNorm(shape.width)
        self.bias = nn.Parameter(torch.empty(shape.vocabulary))
        self.aux = nn.Linear(shape.width, shape.vocabulary)
        self._embedding_scale = shape.width**0.5

    def look(self, grid: Tensor) -> Tensor:
        """The encoder's grid (B, 49, 1280) -> the memory that captions are written from (B, 50, W), mean first."""
        cells = torch.cat([grid.mean(dim=1, keepdim=True), grid], dim=1)  # (B, 50, 1280)
        memory = self.proj(self.inn(cells)) + self.grid  # (B, 50, W)
        for layer in self.enc:
            memory = layer(memory)
        normed: Tensor = self.nenc(memory)
        return normed

    def bag_of_words(self, memory: Tensor) -> Tensor:
        """Memory (B, 50, W) -> log-probability of each word to occur in a person's caption at all, (B, vocabulary)."""
        return functional.logsigmoid(self.aux(memory[:, 0]))

    def start(self, memory: Tensor) -> DecoderState:
        layers = cast("Iterable[_WordLayer]", self.dec)
        return DecoderState(memory=[layer.ca.keys_values(memory) for layer in layers], past=[])

    def step(self, state: DecoderState, words: Tensor) -> Tensor:
        """Read one more word of every beam, (B, beams) ids; the next word's log-probabilities (B, beams, vocabulary).

        The state moves on by that word.
        """
        x = self.emb(words) * self._embedding_scale + self.pos[state.steps]  # (B, beams, W)
        past: list[KeysValues] = []
        for index, layer in enumerate(self.dec):
            x, seen = layer(x, state.memory[index], state.past[index] if state.past else None)
            past.append(seen)
        state.past = past
        state.steps += 1
        scores = functional.linear(self.nd(x), self.emb.weight, self.bias)
        return scores.float().log_softmax(dim=-1)

    @staticmethod
    def reorder(state: DecoderState, rows: Tensor) -> None:
        """Continue with the beams at these rows of (B * beams); a row must stay within its picture."""
        state.past = [(keys[rows], values[rows]) for keys, values in state.past]
