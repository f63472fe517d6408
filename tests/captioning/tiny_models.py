"""Tiny, randomly initialised models of the real classes, saved as a hub model is: `save_pretrained` into a folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIDE_PX = 32
PATCH_PX = 8
# Each word ends a sentence, so that what a random model says is never cut off in the middle of one.
SENTENCES = [
    f"{word}."
    for word in (
        "a the red blue dog cat on grass car house runs sits of tree sky bird boat bridge child city cloud door field "
        "fish flower garden girl green hat hill horse jumps lake leaf light man moon mountain night ocean orange "
        "park path people pink plays pond rain reads river road rock room rose sand sea ship shop shoe snow stone "
        "sun swims table tower train two under village wall water white window wind woman wood yellow young zoo"
    ).split()
]
BERT_WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(word[:-1] for word in SENTENCES)]
PAD, START, END = 0, 2, 3  # in BERT_WORDS
# Wide initial weights, or every picture would get the same caption.
TINY = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 37,
    "initializer_range": 0.7,
}
TINY_VISION = TINY | {"image_size": SIDE_PX, "patch_size": PATCH_PX}
TINY_TEXT = TINY | {"vocab_size": len(BERT_WORDS), "max_position_embeddings": 64}
TOKENS = {"bos_token_id": START, "eos_token_id": END, "pad_token_id": PAD}
SQUARE = {"height": SIDE_PX, "width": SIDE_PX}
PATCHES = (SIDE_PX // PATCH_PX) ** 2

# As chat models write them: the picture's place holder, then the question, then the place of the answer.
CHAT_TEMPLATE = (
    "{% for message in messages %}<s> {{ message.role }} "
    "{% for part in message.content %}{% if part.type == 'image' %}<image>{% else %} {{ part.text }}{% endif %}"
    "{% endfor %} {% endfor %}{% if add_generation_prompt %}assistant {% endif %}"
)


def words_tokenizer(**named: str) -> transformers.PreTrainedTokenizerFast:
    """A tokenizer of `SENTENCES`: <pad> 0, <s> 1, </s> 2, <unk> 3, then `named` special tokens, then the words."""
    vocabulary = {token: index for index, token in enumerate(["<pad>", "<s>", "</s>", "<unk>", *named.values()])}
    vocabulary |= {word: len(vocabulary) + index for index, word in enumerate(SENTENCES)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        extra_special_tokens=named,
    )


def bert_tokenizer(folder: Path) -> transformers.BertTokenizer:
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(BERT_WORDS), "utf-8")
    return transformers.BertTokenizer(str(vocabulary))


def decoder_of(tokenizer: transformers.PreTrainedTokenizerFast, **more: object) -> dict[str, object]:
    """The configuration of a small language model for a tokenizer of words."""
    ids = {f"{name}_token_id": index for name, index in (("pad", 0), ("bos", 1), ("eos", 2))}
    return TINY | ids | {"vocab_size": len(tokenizer), "max_position_embeddings": 512, "num_key_value_heads": 2} | more


def save_blip(folder: Path) -> None:
    processor = transformers.BlipProcessor(transformers.BlipImageProcessor(size=SQUARE), bert_tokenizer(folder))
    processor.save_pretrained(folder)
    config = transformers.BlipConfig(
        text_config=TINY_TEXT | TOKENS | {"encoder_hidden_size": 32, "sep_token_id": END},
        vision_config=TINY_VISION,
        initializer_range=0.7,
    )
    transformers.BlipForConditionalGeneration(config).save_pretrained(folder)


def save_git(folder: Path) -> None:
    image_processor = transformers.CLIPImageProcessor(size={"shortest_edge": SIDE_PX}, crop_size=SQUARE)
    transformers.GitProcessor(image_processor, bert_tokenizer(folder)).save_pretrained(folder)
    config = transformers.GitConfig(vision_config=TINY_VISION, **TINY_TEXT, **TOKENS)
    transformers.GitForCausalLM(config).save_pretrained(folder)


def save_vit_bert(folder: Path) -> None:
    """No processor, but an image processor beside a tokenizer."""
    bert_tokenizer(folder).save_pretrained(folder)
    transformers.ViTImageProcessor(size=SQUARE).save_pretrained(folder)
    config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        transformers.ViTConfig(**TINY_VISION), transformers.BertConfig(**TINY_TEXT)
    )
    model = transformers.VisionEncoderDecoderModel(config)
    model.generation_config.update(decoder_start_token_id=START, eos_token_id=END, pad_token_id=PAD)
    model.save_pretrained(folder)


def save_vit_gpt2(folder: Path) -> None:
    """Like nlpconnect/vit-gpt2-image-captioning: no processor, and a tokenizer that has no token for padding."""
    vocabulary = {token: index for index, token in enumerate(["<|endoftext|>", *"abcdefghijklmnopqrst", "Ġ"])}
    transformers.GPT2Tokenizer(vocab=vocabulary, merges=[]).save_pretrained(folder)
    transformers.ViTImageProcessor(size=SQUARE).save_pretrained(folder)
    decoder = transformers.GPT2Config(
        vocab_size=len(vocabulary),
        n_embd=32,
        n_layer=2,
        n_head=4,
        n_positions=64,
        initializer_range=0.7,
        bos_token_id=0,
        eos_token_id=0,
    )
    config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        transformers.ViTConfig(**TINY_VISION), decoder
    )
    model = transformers.VisionEncoderDecoderModel(config)
    model.generation_config.update(decoder_start_token_id=0, eos_token_id=0)
    model.save_pretrained(folder)


def save_trocr(folder: Path) -> None:
    """An OCR model: the text of one line."""
    tokenizer = words_tokenizer()
    transformers.TrOCRProcessor(transformers.ViTImageProcessor(size=SQUARE), tokenizer).save_pretrained(folder)
    decoder = transformers.TrOCRConfig(
        vocab_size=len(tokenizer),
        d_model=32,
        decoder_layers=2,
        decoder_attention_heads=4,
        decoder_ffn_dim=37,
        max_position_embeddings=64,
        init_std=0.7,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=2,
    )
    config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        transformers.ViTConfig(**TINY_VISION), decoder
    )
    model = transformers.VisionEncoderDecoderModel(config)
    model.generation_config.update(decoder_start_token_id=2, eos_token_id=2, pad_token_id=0)
    model.save_pretrained(folder)


def save_blip2(folder: Path, text: dict[str, object]) -> None:
    tokenizer = words_tokenizer(image_token="<image>")
    transformers.Blip2Processor(
        transformers.BlipImageProcessor(size=SQUARE), tokenizer, num_query_tokens=4
    ).save_pretrained(folder)
    config = transformers.Blip2Config(
        vision_config=TINY_VISION,
        qformer_config=TINY | {"vocab_size": 8, "encoder_hidden_size": 32, "cross_attention_frequency": 1},
        text_config={"vocab_size": len(tokenizer), "pad_token_id": 0, "eos_token_id": 2} | text,
        num_query_tokens=4,
        image_token_index=tokenizer.image_token_id,
        initializer_range=0.7,
    )
    transformers.Blip2ForConditionalGeneration(config).save_pretrained(folder)


def save_blip2_opt(folder: Path) -> None:
    text = {
        "model_type": "opt",
        "hidden_size": 32,
        "word_embed_proj_dim": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "ffn_dim": 37,
        "max_position_embeddings": 128,
        "init_std": 0.7,
        "bos_token_id": 1,
    }
    save_blip2(folder, text)


def save_blip2_t5(folder: Path) -> None:
    """The picture goes into an encoder, so that what comes out are new tokens alone."""
    text = {
        "model_type": "t5",
        "d_model": 32,
        "d_kv": 8,
        "d_ff": 37,
        "num_layers": 2,
        "num_heads": 4,
        "initializer_factor": 20.0,
        "decoder_start_token_id": 0,
        "bos_token_id": 1,
    }
    save_blip2(folder, text)


def save_kosmos2(folder: Path, *, places: int = 4, tied: bool = True) -> None:
    # The first 64 words behind <unk> mark the places of the picture, as in the vocabulary of the real one.
    tokenizer = words_tokenizer()
    image_processor = transformers.CLIPImageProcessor(size={"shortest_edge": SIDE_PX}, crop_size=SQUARE)
    processor = transformers.Kosmos2Processor(image_processor, tokenizer, num_patch_index_tokens=places)
    processor.save_pretrained(folder)
    config = transformers.Kosmos2Config(
        text_config={
            "vocab_size": len(processor.tokenizer),
            "embed_dim": 32,
            "layers": 2,
            "ffn_dim": 37,
            "attention_heads": 4,
            "max_position_embeddings": 256,
            "init_std": 0.7,
            "tie_word_embeddings": tied,
            "pad_token_id": 0,
            "bos_token_id": 1,
            "eos_token_id": 2,
        },
        vision_config=TINY_VISION,
        tie_word_embeddings=tied,
        latent_query_num=64,
    )
    model = transformers.Kosmos2ForConditionalGeneration(config)
    with torch.no_grad():  # its features are of length 1: the picture would hardly count beside 64 places of it
        model.image_to_text_projection.dense.weight.mul_(100)
    model.save_pretrained(folder)


def save_florence2(folder: Path) -> None:
    tokenizer = words_tokenizer(image_token="<image>")
    image_processor = transformers.CLIPImageProcessor(size=SQUARE, crop_size=SQUARE)
    image_processor.image_seq_length = 2
    transformers.Florence2Processor(image_processor, tokenizer).save_pretrained(folder)
    config = transformers.Florence2Config(
        text_config={
            "model_type": "bart",
            "vocab_size": len(tokenizer),
            "d_model": 32,
            "encoder_layers": 1,
            "decoder_layers": 2,
            "encoder_attention_heads": 4,
            "decoder_attention_heads": 4,
            "encoder_ffn_dim": 37,
            "decoder_ffn_dim": 37,
            "max_position_embeddings": 128,
            "init_std": 0.7,
            "pad_token_id": 0,
            "bos_token_id": 1,
            "eos_token_id": 2,
            "decoder_start_token_id": 2,
            "forced_eos_token_id": 2,
        },
        vision_config={
            "depths": [1, 1, 1, 1],
            "embed_dim": [16, 16, 16, 16],
            "num_heads": [2, 2, 2, 2],
            "num_groups": [2, 2, 2, 2],
            "window_size": 2,
            "projection_dim": 32,
            "initializer_range": 0.7,
        },
        image_token_id=tokenizer.image_token_id,
    )
    transformers.Florence2ForConditionalGeneration(config).save_pretrained(folder)


def save_paligemma(folder: Path) -> None:
    tokenizer = words_tokenizer(image_token="<image>")
    image_processor = transformers.SiglipImageProcessor(size=SQUARE)
    image_processor.image_seq_length = PATCHES
    processor = transformers.PaliGemmaProcessor(image_processor, tokenizer)
    processor.save_pretrained(folder)
    config = transformers.PaliGemmaConfig(
        text_config={"model_type": "gemma", "head_dim": 8} | decoder_of(processor.tokenizer),
        vision_config={"model_type": "siglip_vision_model", "projection_dim": 32} | TINY_VISION,
        projection_dim=32,
        image_token_id=processor.image_token_id,
    )
    transformers.PaliGemmaForConditionalGeneration(config).save_pretrained(folder)


def save_idefics2(folder: Path) -> None:
    """A picture keeps its shape, and becomes as many tokens as any other."""
    tokenizer = words_tokenizer()
    image_processor = transformers.Idefics2ImageProcessorPil(
        size={"shortest_edge": SIDE_PX, "longest_edge": 2 * SIDE_PX}, do_image_splitting=False
    )
    processor = transformers.Idefics2Processor(image_processor, tokenizer, image_seq_len=4, chat_template=CHAT_TEMPLATE)
    processor.save_pretrained(folder)
    config = transformers.Idefics2Config(
        text_config={"model_type": "mistral"} | decoder_of(processor.tokenizer),
        vision_config=TINY_VISION,
        perceiver_config={
            "resampler_n_latents": 4,
            "resampler_depth": 1,
            "resampler_n_heads": 4,
            "resampler_head_dim": 8,
            "num_key_value_heads": 2,
            "hidden_size": 32,
        },
        image_token_id=processor.image_token_id,
    )
    model = transformers.Idefics2ForConditionalGeneration(config)
    with torch.no_grad():  # the picture would hardly count
        for weight in model.model.connector.parameters():
            weight.mul_(20)
    model.save_pretrained(folder)


def save_idefics3(folder: Path) -> None:
    """A picture is cut into tiles, whose number depends on its shape."""
    tokenizer = words_tokenizer(
        image_token="<image>", fake_image_token="<fake_token_around_image>", global_image_token="<global-img>"
    )
    image_processor = transformers.Idefics3ImageProcessor(
        size={"longest_edge": 2 * SIDE_PX}, max_image_size={"longest_edge": SIDE_PX}
    )
    processor = transformers.Idefics3Processor(
        image_processor, tokenizer, image_seq_len=PATCHES // 4, chat_template=CHAT_TEMPLATE
    )
    processor.save_pretrained(folder)
    config = transformers.Idefics3Config(
        text_config={"model_type": "llama"} | decoder_of(processor.tokenizer),
        vision_config=TINY_VISION,
        image_token_id=processor.image_token_id,
        scale_factor=2,
    )
    transformers.Idefics3ForConditionalGeneration(config).save_pretrained(folder)


def save_processor_parts(
    folder: Path, processor_class: str, image_processor: Any, tokenizer: Any, chat_template: str, **settings: object
) -> None:
    """As the hub has processors that take videos too, which cannot be built here where torchvision is missing."""
    image_processor.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "processor_config.json").write_text(json.dumps({"processor_class": processor_class} | settings), "utf-8")
    (folder / "chat_template.jinja").write_text(chat_template, "utf-8")


def save_smolvlm(folder: Path) -> None:
    tokenizer = words_tokenizer(
        image_token="<image>", fake_image_token="<fake_token_around_image>", global_image_token="<global-img>"
    )
    image_processor = transformers.SmolVLMImageProcessor(
        size={"longest_edge": 2 * SIDE_PX}, max_image_size={"longest_edge": SIDE_PX}
    )
    save_processor_parts(
        folder, "SmolVLMProcessor", image_processor, tokenizer, CHAT_TEMPLATE, image_seq_len=PATCHES // 4
    )
    config = transformers.SmolVLMConfig(
        text_config={"model_type": "llama"} | decoder_of(tokenizer),
        vision_config=TINY_VISION,
        image_token_id=tokenizer.image_token_id,
        scale_factor=2,
    )
    transformers.SmolVLMForConditionalGeneration(config).save_pretrained(folder)


QWEN_TEMPLATE = CHAT_TEMPLATE.replace("<image>", "<|vision_start|><|image_pad|><|vision_end|>")
QWEN_TOKENS = {
    "image_token": "<|image_pad|>",
    "video_token": "<|video_pad|>",
    "vision_start_token": "<|vision_start|>",
    "vision_end_token": "<|vision_end|>",
    "vision_bos_token": "<|vision_start|>",
}


def save_qwen(folder: Path, kind: str, vision: dict[str, object]) -> None:
    """Pictures of any shape: as many patches as they need, those of a batch in one long row."""
    tokenizer = words_tokenizer(
        image_token="<|image_pad|>",
        video_token="<|video_pad|>",
        vision_start_token="<|vision_start|>",
        vision_end_token="<|vision_end|>",
    )
    image_processor = transformers.Qwen2VLImageProcessor(
        patch_size=PATCH_PX, size={"shortest_edge": 16 * 16, "longest_edge": 64 * 64}
    )
    save_processor_parts(folder, f"{kind}Processor", image_processor, tokenizer, QWEN_TEMPLATE)
    text = decoder_of(
        tokenizer, rope_parameters={"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 1e4}
    )
    ids = {f"{name}_id": tokenizer.convert_tokens_to_ids(token) for name, token in QWEN_TOKENS.items()}
    config = getattr(transformers, f"{kind}Config")(
        text_config=text,
        vision_config={"patch_size": PATCH_PX, "num_heads": 4, "initializer_range": 0.7} | vision,
        **ids,
    )
    getattr(transformers, f"{kind}ForConditionalGeneration")(config).save_pretrained(folder)


def save_qwen2_vl(folder: Path) -> None:
    save_qwen(folder, "Qwen2VL", {"depth": 2, "embed_dim": 32, "hidden_size": 32})


def save_qwen2_5_vl(folder: Path) -> None:
    save_qwen(
        folder,
        "Qwen2_5_VL",
        {
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 37,
            "out_hidden_size": 32,
            "window_size": 32,
            "fullatt_block_indexes": [1],
        },
    )


def save_qwen3_vl(folder: Path) -> None:
    save_qwen(
        folder,
        "Qwen3VL",
        {
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 37,
            "out_hidden_size": 32,
            "num_position_embeddings": 16,
            "deepstack_visual_indexes": [0],
        },
    )


def save_llava(folder: Path) -> None:
    tokenizer = words_tokenizer(image_token="<image>")
    processor = transformers.LlavaProcessor(
        transformers.CLIPImageProcessor(size={"shortest_edge": SIDE_PX}, crop_size=SQUARE),
        tokenizer,
        patch_size=PATCH_PX,
        vision_feature_select_strategy="default",
        chat_template=CHAT_TEMPLATE,
        num_additional_image_tokens=1,
    )
    processor.save_pretrained(folder)
    config = transformers.LlavaConfig(
        text_config={"model_type": "llama"} | decoder_of(tokenizer),
        vision_config={"model_type": "clip_vision_model"} | TINY_VISION,
        image_token_id=tokenizer.image_token_id,
        vision_feature_layer=-1,
    )
    transformers.LlavaForConditionalGeneration(config).save_pretrained(folder)


def save_llava_next(folder: Path) -> None:
    tokenizer = words_tokenizer(image_token="<image>")
    places = [[SIDE_PX, 2 * SIDE_PX], [2 * SIDE_PX, SIDE_PX], [2 * SIDE_PX, 2 * SIDE_PX]]
    processor = transformers.LlavaNextProcessor(
        transformers.LlavaNextImageProcessor(
            size={"shortest_edge": SIDE_PX}, crop_size=SQUARE, image_grid_pinpoints=places
        ),
        tokenizer,
        patch_size=PATCH_PX,
        vision_feature_select_strategy="default",
        chat_template=CHAT_TEMPLATE,
        num_additional_image_tokens=1,
    )
    processor.save_pretrained(folder)
    config = transformers.LlavaNextConfig(
        text_config={"model_type": "llama"} | decoder_of(tokenizer),
        vision_config={"model_type": "clip_vision_model"} | TINY_VISION,
        image_token_id=tokenizer.image_token_id,
        vision_feature_layer=-1,
        image_grid_pinpoints=places,
    )
    transformers.LlavaNextForConditionalGeneration(config).save_pretrained(folder)


SAVE: dict[str, Callable[[Path], None]] = {
    "blip": save_blip,
    "git": save_git,
    "vit-bert": save_vit_bert,
    "vit-gpt2": save_vit_gpt2,
    "trocr": save_trocr,
    "blip-2": save_blip2_opt,
    "blip-2-t5": save_blip2_t5,
    "kosmos-2": save_kosmos2,
    "florence2": save_florence2,
    "paligemma": save_paligemma,
    "idefics2": save_idefics2,
    "idefics3": save_idefics3,
    "smolvlm": save_smolvlm,
    "qwen2_vl": save_qwen2_vl,
    "qwen2_5_vl": save_qwen2_5_vl,
    "qwen3_vl": save_qwen3_vl,
    "llava": save_llava,
    "llava_next": save_llava_next,
}


def save_tiny(family: str, folder: Path, seed: int = 4) -> Path:
    """A tiny model of a family, in a folder."""
    torch.manual_seed(seed)
    SAVE[family](folder)
    return folder


def save_clip(folder: Path) -> None:
    """Compares texts with pictures: an encoder for each."""
    tokenizer = words_tokenizer()
    image_processor = transformers.CLIPImageProcessor(size={"shortest_edge": SIDE_PX}, crop_size=SQUARE)
    transformers.CLIPProcessor(image_processor, tokenizer).save_pretrained(folder)
    ids = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    text = TINY | ids | {"vocab_size": len(tokenizer), "max_position_embeddings": 20}
    config = transformers.CLIPConfig(text_config=text, vision_config=TINY_VISION, projection_dim=32)
    transformers.CLIPModel(config).save_pretrained(folder)


def save_siglip(folder: Path) -> None:
    tokenizer = words_tokenizer()
    transformers.SiglipProcessor(transformers.SiglipImageProcessor(size=SQUARE), tokenizer).save_pretrained(folder)
    text = TINY | {"vocab_size": len(tokenizer), "max_position_embeddings": 20}
    config = transformers.SiglipConfig(text_config=text, vision_config=TINY_VISION)
    transformers.SiglipModel(config).save_pretrained(folder)


def save_blip_itm(folder: Path) -> None:
    """Reads picture and text together."""
    processor = transformers.BlipProcessor(transformers.BlipImageProcessor(size=SQUARE), bert_tokenizer(folder))
    processor.save_pretrained(folder)
    config = transformers.BlipConfig(
        text_config=TINY_TEXT | TOKENS | {"encoder_hidden_size": 32, "sep_token_id": END},
        vision_config=TINY_VISION,
        image_text_hidden_size=32,
        initializer_range=0.7,
    )
    transformers.BlipForImageTextRetrieval(config).save_pretrained(folder)


def save_vilt(folder: Path) -> None:
    image_processor = transformers.ViltImageProcessor(size={"shortest_edge": SIDE_PX}, size_divisor=PATCH_PX)
    transformers.ViltProcessor(image_processor, bert_tokenizer(folder)).save_pretrained(folder)
    config = transformers.ViltConfig(**TINY_TEXT, image_size=SIDE_PX, patch_size=PATCH_PX)
    transformers.ViltForImageAndTextRetrieval(config).save_pretrained(folder)


# Those that compare texts with pictures; they caption none.
SAVE_COMPARING: dict[str, Callable[[Path], None]] = {
    "clip": save_clip,
    "siglip": save_siglip,
    "blip-itm": save_blip_itm,
    "vilt": save_vilt,
}


def save_comparing(family: str, folder: Path) -> Path:
    """A tiny model of a family that compares texts with pictures."""
    torch.manual_seed(7)
    SAVE_COMPARING[family](folder)
    return folder
