"""Translators: the real classes, tiny, loaded as a user's would be."""

from __future__ import annotations

import pytest
import torch
import transformers

from core.errors import CaptionerError
from inference.translation import MAX_TOKENS, Translator
from tests.inference.tiny_translators import PAIRS, save_marian


@pytest.fixture(scope="module")
def marian(tmp_path_factory):
    return save_marian(tmp_path_factory.mktemp("marian") / "opus-mt-en-de")


def test_a_marian_model_says_what_it_learnt_in_order_and_in_batches(marian):
    translator = Translator(str(marian))
    assert translator.speaks("de")
    assert not translator.speaks("fr")
    assert not translator.speaks("en")
    assert translator.translate([*PAIRS] * 5, "de") == [*PAIRS.values()] * 5
    assert translator.translate([], "de") == []
    with pytest.raises(ValueError, match="does not speak fr"):
        translator.translate(["A dog"], "fr")
    assert Translator(str(marian)).info == translator.info


def test_one_that_does_not_say_its_language_is_told_by_its_name(tmp_path):
    named = Translator(str(save_marian(tmp_path / "opus-mt-en-fr", target=None, steps=0)))
    assert (named.speaks("fr"), named.speaks("de")) == (True, False)
    unnamed = Translator(str(save_marian(tmp_path / "mine", target=None, steps=0)))
    assert not unnamed.speaks("de")


def test_one_with_several_languages_is_told_which(tmp_path):
    several = Translator(str(save_marian(tmp_path / "several", target=None, codes=(">>deu<<", ">>fr<<"))))
    assert [several.speaks(one) for one in ("de", "fr", "es")] == [True, True, False]
    assert several.translate(["A blue house"], "de") == ["A blue house"]


def test_what_a_model_says_is_bounded(tmp_path):
    """Random weights, which never come to an end."""
    babbler = Translator(str(save_marian(tmp_path / "opus-mt-en-de", steps=0)))
    [said] = babbler.translate(["A dog " * 500], "de")
    assert len(said) < MAX_TOKENS * 20


def test_nllb_and_m2m100_are_told_the_language(tmp_path):
    """By the token that a translation begins with."""
    tokens = ["<s>", "<pad>", "</s>", "<unk>", "▁a", "▁dog", "▁Hund"]
    languages = ["eng_Latn", "deu_Latn"]
    from tokenizers import Tokenizer, models

    tokenizer = transformers.NllbTokenizer(
        tokenizer_object=Tokenizer(models.BPE({token: n for n, token in enumerate(tokens)}, [])),
        vocab={token: n for n, token in enumerate(tokens)},
        extra_special_tokens=languages,
        src_lang="eng_Latn",
    )
    config = transformers.M2M100Config(
        vocab_size=len(tokenizer), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, max_position_embeddings=160,
    )  # fmt: skip
    torch.manual_seed(1)
    transformers.M2M100ForConditionalGeneration(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    translator = Translator(str(tmp_path))
    assert (translator.speaks("de"), translator.speaks("xx")) == (True, False)
    assert len(translator.translate(["a dog"], "de")) == 1


def test_what_is_no_translator_is_said_in_one_line(tmp_path):
    with pytest.raises(CaptionerError, match="holds no model"):
        Translator(str(tmp_path))
    transformers.T5ForConditionalGeneration(
        transformers.T5Config(vocab_size=20, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)
    ).save_pretrained(tmp_path)
    with pytest.raises(CaptionerError, match="is a t5 model"):
        Translator(str(tmp_path)).speaks("de")
