"""The Transformer that writes a caption from the encoder's grid.

It writes one word at a time (`step`), each step seeing the new word alone with the keys and values of earlier words
kept, and is taught by whole captions at once (`read`), which gives the same numbers. Attribute names are those of the
weights file; dropout has no weights, and none is dropped once the network is told to `eval`.
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
    dropout: float = 0.0  # share of what layers say that is left out in training
    grid_dropout: float = 0.0  # and of the features of the grid


@dataclass(slots=True)
class DecoderState:
    """Where a batch of pictures stands, each with the same number of captions (beams) under way."""

    memory: list[KeysValues]  # what each layer looks at, one row a picture: beams of a picture share it
    past: list[KeysValues]  # each layer's earlier words, one row a beam: (B * beams, ...); empty at the start
    steps: int = 0


class _Attention(nn.Module):
    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        self.q = nn.Linear(shape.width, shape.width)
        self.kv = nn.Linear(shape.width, 2 * shape.width)
        self.o = nn.Linear(shape.width, shape.width)
        self._heads, self._dropout = shape.heads, shape.dropout

    def _split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:-1], self._heads, -1).transpose(1, 2)  # (N, T, W) -> (N, heads, T, W / heads)

    def keys_values(self, source: Tensor) -> KeysValues:
        keys, values = self.kv(source).chunk(2, dim=-1)
        return self._split(keys), self._split(values)

    def forward(self, x: Tensor, keys_values: KeysValues, *, causal: bool = False) -> Tensor:
        """What each of the queries x (N, T, W) finds among all the keys, or those up to its own: (N, T, W)."""
        found = functional.scaled_dot_product_attention(
            self._split(self.q(x)),
            *keys_values,
            dropout_p=self._dropout if self.training else 0.0,
            is_causal=causal,
        )
        mixed: Tensor = self.o(found.transpose(1, 2).flatten(2))  # (N, heads, T, W / heads) -> (N, T, W)
        return mixed

    def shares(self, x: Tensor, keys: Tensor) -> Tensor:
        """How much of what each query x (N, T, W) finds is each key's, the mean over the heads: (N, T, S)."""
        queries = self._split(self.q(x))
        likeness: Tensor = queries @ keys.transpose(-1, -2) / queries.shape[-1] ** 0.5
        return likeness.softmax(dim=-1).mean(dim=1)


class _FeedForward(nn.Module):
    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        self.a = nn.Linear(shape.width, shape.expansion * shape.width)
        self.b = nn.Linear(shape.expansion * shape.width, shape.width)
        self.drop = nn.Dropout(shape.dropout)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.b(self.drop(functional.gelu(self.a(x))))
        return y


class _GridLayer(nn.Module):
    """Lets the cells of the grid see one another."""

    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        self.n1 = nn.LayerNorm(shape.width)
        self.att = _Attention(shape)
        self.n2 = nn.LayerNorm(shape.width)
        self.ff = _FeedForward(shape)
        self.drop = nn.Dropout(shape.dropout)

    def forward(self, x: Tensor) -> Tensor:
        y = self.n1(x)
        mixed = x + self.drop(self.att(y, self.att.keys_values(y)))
        widened: Tensor = mixed + self.drop(self.ff(self.n2(mixed)))
        return widened


class _WordLayer(nn.Module):
    """Lets each word see the earlier ones and the grid."""

    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        self.n1 = nn.LayerNorm(shape.width)
        self.sa = _Attention(shape)
        self.n2 = nn.LayerNorm(shape.width)
        self.ca = _Attention(shape)
        self.n3 = nn.LayerNorm(shape.width)
        self.ff = _FeedForward(shape)
        self.drop = nn.Dropout(shape.dropout)

    def read(self, x: Tensor, memory: KeysValues) -> Tensor:
        """All words of captions x (C, T, W), each with its picture's row of the memory -> the same shape."""
        x = self._heard(x)
        x = x + self.drop(self.ca(self.n2(x), memory))
        widened: Tensor = x + self.drop(self.ff(self.n3(x)))
        return widened

    def gaze(self, x: Tensor, memory: KeysValues) -> Tensor:
        """Where in the memory each of these words looks: (C, T, cells), in each row shares of 1."""
        return self.ca.shares(self.n2(self._heard(x)), memory[0])

    def _heard(self, x: Tensor) -> Tensor:
        y = self.n1(x)
        heard: Tensor = x + self.drop(self.sa(y, self.sa.keys_values(y), causal=True))
        return heard

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
        self.shape = shape
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
        self.drop = nn.Dropout(shape.dropout)
        self.grid_drop = nn.Dropout(shape.grid_dropout)
        self._embedding_scale = shape.width**0.5

    def look(self, grid: Tensor) -> Tensor:
        """The encoder's grid (B, 49, 1280) -> the memory that captions are written from (B, 50, W), mean first."""
        cells = torch.cat([grid.mean(dim=1, keepdim=True), grid], dim=1)  # (B, 50, 1280)
        memory = self.proj(self.grid_drop(self.inn(cells))) + self.grid  # (B, 50, W)
        for layer in self.enc:
            memory = layer(memory)
        normed: Tensor = self.nenc(memory)
        return normed

    def bag_of_words(self, memory: Tensor) -> Tensor:
        """Memory (B, 50, W) -> log-probability of each word to occur in a person's caption at all, (B, vocabulary)."""
        return functional.logsigmoid(self.bag_logits(memory))

    def bag_logits(self, memory: Tensor) -> Tensor:
        """The same as logits, which training wants."""
        logits: Tensor = self.aux(memory[:, 0])
        return logits

    def read(self, memory: Tensor, words: Tensor, pictures: Tensor) -> Tensor:
        """Captions as far as they are known, to what `scores` makes the next word of each place of: (C, T, W).

        `words` (C, T) are ids, `pictures` (C,) the row of the memory (B, 50, W) that each caption is of.
        """
        x = self._placed(words)
        for layer in cast("Iterable[_WordLayer]", self.dec):
            keys, values = layer.ca.keys_values(memory)
            x = layer.read(x, (keys[pictures], values[pictures]))
        return x

    def gaze(self, memory: Tensor, words: Tensor) -> Tensor:
        """Where the decoder looks for the word behind each of `words` (1, T): (T, cells), the mean over its layers.

        The memory is that of one picture, (1, 50, W); its first cell is the picture as a whole.
        """
        x, shares = self._placed(words), []
        for layer in cast("Iterable[_WordLayer]", self.dec):
            seen = layer.ca.keys_values(memory)
            shares.append(layer.gaze(x, seen)[0])
            x = layer.read(x, seen)
        return torch.stack(shares).mean(dim=0)

    def _placed(self, words: Tensor) -> Tensor:
        placed: Tensor = self.drop(self.emb(words) * self._embedding_scale + self.pos[: words.shape[1]])
        return placed

    def scores(self, x: Tensor) -> Tensor:
        """(..., W) -> logits of the next word, (..., vocabulary)."""
        logits: Tensor = functional.linear(self.nd(x), self.emb.weight, self.bias)
        return logits

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
        log_probs: Tensor = self.scores(x).float().log_softmax(dim=-1)
        return log_probs

    @staticmethod
    def reorder(state: DecoderState, rows: Tensor) -> None:
        """Continue with the beams at these rows of (B * beams); a row must stay within its picture."""
        state.past = [(keys[rows], values[rows]) for keys, values in state.past]
