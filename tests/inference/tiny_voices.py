"""Tiny voices of the real classes with random weights, saved as the hub's are."""

from __future__ import annotations

import io
import json
import string
from typing import TYPE_CHECKING

import numpy as np
import sentencepiece
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers.models.bark.generation_configuration_bark import BarkGenerationConfig

if TYPE_CHECKING:
    from pathlib import Path

LETTERS = " '-" + string.ascii_lowercase


def save_vits(folder: Path, *, letters: str = LETTERS, speakers: int = 1, **tokenizer: object) -> Path:
    """One that speaks these letters, 24,000 samples a second."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = folder / "vocab.json"
    vocabulary.write_text(json.dumps({sign: number for number, sign in enumerate(["<pad>", *letters, "<unk>"])}))
    settings = {"phonemize": False, "language": "eng"} | tokenizer
    transformers.VitsTokenizer(str(vocabulary), **settings).save_pretrained(folder)
    torch.manual_seed(3)
    config = transformers.VitsConfig(
        vocab_size=len(letters) + 2, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, ffn_dim=16,
        flow_size=16, spectrogram_bins=8, upsample_initial_channel=16, upsample_rates=[8, 4],
        upsample_kernel_sizes=[16, 8], resblock_kernel_sizes=[3], resblock_dilation_sizes=[[1, 3]],
        prior_encoder_num_flows=2, prior_encoder_num_wavenet_layers=1, posterior_encoder_num_wavenet_layers=1,
        duration_predictor_num_flows=1, duration_predictor_filter_channels=16, depth_separable_num_layers=1,
        num_speakers=speakers, speaker_embedding_size=4 if speakers > 1 else 0, sampling_rate=24000,
    )  # fmt: skip
    network = transformers.VitsModel(config).eval()
    with torch.no_grad():
        network.decoder.conv_post.weight.mul_(0.1)  # random weights are as loud as can be
    network.save_pretrained(folder)
    return folder


def save_bark(folder: Path) -> Path:
    """One that speaks words of a BERT tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "graphic", ",", "a", "red", "dog"]
    built = Tokenizer(models.WordPiece({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    built.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=built, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    )
    transformers.BarkProcessor(tokenizer).save_pretrained(folder)
    torch.manual_seed(3)
    small = {"num_layers": 1, "num_heads": 2, "hidden_size": 8, "block_size": 1024}
    config = transformers.BarkConfig(
        semantic_config=transformers.BarkSemanticConfig(**small, input_vocab_size=10_100, output_vocab_size=10_048),
        coarse_acoustics_config=transformers.BarkCoarseConfig(
            **small, input_vocab_size=12_096, output_vocab_size=12_096
        ),
        fine_acoustics_config=transformers.BarkFineConfig(**small, input_vocab_size=1056, output_vocab_size=1056),
        codec_config=transformers.EncodecConfig(
            num_filters=2, hidden_size=8, num_lstm_layers=1, codebook_dim=8, target_bandwidths=[6.0]
        ),
    )
    network = transformers.BarkModel(config).eval()
    generation = BarkGenerationConfig()  # with the numbers of so small a vocabulary
    semantic = {"max_new_tokens": 4, "text_encoding_offset": 10_050, "text_pad_token": 10_049}
    generation.fine_acoustics_config.update(max_fine_history_length=32, max_fine_input_length=64)
    generation.semantic_config.update(**semantic, semantic_infer_token=10_048)
    network.save_pretrained(folder)
    (folder / "generation_config.json").write_text(json.dumps(generation.to_dict(), default=lambda one: one.to_dict()))
    return folder


def save_speecht5(folder: Path) -> Path:
    """One with a vocoder and the x-vector of a speaker in its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    model = io.BytesIO()
    lines = iter(["a red dog, graphic link button", string.ascii_lowercase, "the quick brown fox."] * 5)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=lines, model_writer=model, model_type="char", vocab_size=35, hard_vocab_limit=False,
        pad_id=1, bos_id=0, eos_id=2, unk_id=3, minloglevel=2,
    )  # fmt: skip
    (folder / "spm_char.model").write_bytes(model.getvalue())
    tokenizer = transformers.SpeechT5Tokenizer(str(folder / "spm_char.model"))
    tokenizer.save_pretrained(folder)
    torch.manual_seed(3)
    network = transformers.SpeechT5ForTextToSpeech(
        transformers.SpeechT5Config(
            vocab_size=len(tokenizer), hidden_size=16, encoder_layers=1, encoder_attention_heads=2, encoder_ffn_dim=16,
            decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=16, speaker_embedding_dim=4, num_mel_bins=8,
            speech_decoder_prenet_units=16, speech_decoder_postnet_layers=2, speech_decoder_postnet_units=16,
        )
    )  # fmt: skip
    with torch.no_grad():
        network.speech_decoder_postnet.prob_out.bias.fill_(-50)  # it never comes to an end by itself
    network.save_pretrained(folder)
    vocoder = transformers.SpeechT5HifiGanConfig(
        model_in_dim=8, upsample_initial_channel=16, upsample_rates=[4, 4], upsample_kernel_sizes=[8, 8],
        resblock_kernel_sizes=[3], resblock_dilation_sizes=[[1, 3]],
    )  # fmt: skip
    made = transformers.SpeechT5HifiGan(vocoder)
    with torch.no_grad():  # random weights are nearly silent
        for weights in made.parameters():
            weights.mul_(20)
    made.save_pretrained(folder / "vocoder")
    np.save(folder / "speaker.npy", np.ones(4, dtype=np.float32))
    return folder
