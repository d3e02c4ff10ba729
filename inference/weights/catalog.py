"""Every model that Proteus knows: its files, where they are published, their licence and their needs."""

from inference.engines.tryon.catvton.layout import BASE, FOLDER, MODEL_FILE, REPOSITORY, VAE
from inference.engines.tryon.fashn.network import layout as fashn
from inference.weights.model import File, Model, Source

MB, GB = 10**6, 10**9


_VAE = Source(
    "stabilityai/sd-vae-ft-mse",
    "31f26fdeee1355a5c34592e401dd41e45d25a493",
    VAE.as_posix(),
    "MIT",
    (
        File("config.json", 547),
        File(MODEL_FILE, 334_643_276, "a1d993488569e928462932c8c38a0760b874d166399b14414135bd9c42df5815"),
    ),
)
_PIX2PIX = Source(
    "timbrooks/instruct-pix2pix",
    "31519b5cb02a7fd89b906d88731cd4d6a7bbf88d",
    BASE["maskfree"],
    "MIT",
    (
        File("scheduler/scheduler_config.json", 569),
        File("unet/config.json", 1_000),
        File(f"unet/{MODEL_FILE}", 3_438_000_000),
    ),
)
_INPAINTING = Source(
    "stable-diffusion-v1-5/stable-diffusion-inpainting",
    "8a4288a76071f7280aedbdb3253bdb9e9d5d84bb",
    BASE["masked"],
    "CreativeML Open RAIL-M",
    (
        File("scheduler/scheduler_config.json", 300),
        File("unet/config.json", 748),
        # Its 32-bit weights are published as pickles alone.
        File("unet/diffusion_pytorch_model.fp16.safetensors", 1_719_000_000, target=f"unet/{MODEL_FILE}"),
    ),
)
_ATTENTION = f"{FOLDER['mix']}/attention/model.safetensors"
_MASKED_ATTENTION = "a1fc093f1b6744623079e6f4e7313411f524e388c4b7467df1e0e7f577cba23a"
_CC = "CC BY-NC-SA 4.0"


def _catvton(variant: str, base: Source, repo: str, revision: str, sha256: str | None) -> Model:
    attention = Source(repo, revision, REPOSITORY[variant], _CC, (File(_ATTENTION, 198_303_368, sha256),))
    name = {"maskfree": "catvton", "masked": "catvton-masked"}[variant]
    title = {"maskfree": "CatVTON (mask-free)", "masked": "CatVTON (masked)"}[variant]
    return Model(name, title, "try_on", "catvton", _CC, "noncommercial", 8, (base, _VAE, attention))


_FASHN = Source(
    "fashn-ai/fashn-vton-1.5",
    "7720683168567eb5a2a4c67f15116c6e29c83ded",
    fashn.FOLDER.as_posix(),
    "Apache-2.0",
    (
        File(
            fashn.MODEL_FILE.name,
            1_943_668_048,
            "d6cd38286885bc29fa487ea9383f80ffeb95862e7747c630d42c5d3c05bdd35a",
        ),
    ),
)
_DWPOSE = Source(
    "yzd-v/DWPose",
    "1a7144101628d69ee7a3768d1ee3a094070dc388",
    fashn.POSE_FOLDER.as_posix(),
    "Apache-2.0",
    (
        File(
            fashn.DETECTOR_FILE.name,
            216_746_733,
            "7860ae79de6c89a3c1eb72ae9a2756c0ccfbe04b7791bb5880afabd97855a411",
        ),
        File(
            fashn.POSE_FILE.name,
            134_399_116,
            "724f4ff2439ed61afb86fb8a1951ec39c6220682803b4a8bd4f598cd913b1843",
        ),
    ),
)
_EDITS = (
    "A model that edits pictures by an instruction, not made for try-on: nobody here has seen what it makes."
)
#: No commit and no SHA-256 of these is known to us: see ``Source``.
_KLEIN = Source(
    "black-forest-labs/FLUX.2-klein-4B",
    "main",
    "black-forest-labs/FLUX.2-klein-4B",
    "Apache-2.0",
    folders=("scheduler", "text_encoder", "tokenizer", "transformer", "vae"),
    size=15_990_000_000,
)
_QWEN_EDIT = Source(
    "Qwen/Qwen-Image-Edit-2511",
    "main",
    "Qwen/Qwen-Image-Edit-2511",
    "Apache-2.0",
    folders=("processor", "scheduler", "text_encoder", "tokenizer", "transformer", "vae"),
    size=57_700_000_000,
)
_DFINE = Source(
    "ustc-community/dfine-small-coco",
    "f79e65b5fbb33ceb9d3ebba042955d7410c608f8",
    "ustc-community/dfine-small-coco",
    "Apache-2.0",
    (
        File("config.json", 6_870),
        File("preprocessor_config.json", 470),
        File(
            "model.safetensors",
            41_497_620,
            "a144baff3a27bfd538fe37b11fa8d4fca5744b8c054b5301e7c699a1379cd18f",
        ),
    ),
)
_FLUX_DEV = "FLUX.1 [dev] Non-Commercial License"
_FLUX_FILL = Source(
    "black-forest-labs/FLUX.1-Fill-dev",
    "main",
    "black-forest-labs/FLUX.1-Fill-dev",
    _FLUX_DEV,
    files=(File("transformer/config.json", 400),),
    folders=("scheduler", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2", "vae"),
    size=9_950_000_000,
)
_FLUX_GGUF = Source(
    "YarvixPA/FLUX.1-Fill-dev-gguf",
    "1c79609cd3e9eba125c1a39542d938d604c15078",
    "YarvixPA/FLUX.1-Fill-dev-gguf",
    _FLUX_DEV,
    files=(
        File(
            "flux1-fill-dev-Q5_K_S.gguf",
            8_290_000_000,
            "555e1cc1d84d5d27b394cdcb6e8f3be9bea9111649fd0c466e77b3747e708115",
        ),
    ),
)
_FLUX_LORA = Source(
    "xiaozaa/catvton-flux-lora-alpha",
    "main",
    "xiaozaa/catvton-flux-lora-alpha",
    "CC BY-NC-SA 2.0",
    files=(File("pytorch_lora_weights.safetensors", 0),),
)
MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Model("fashn", "FASHN VTON v1.5", "try_on", "fashn", "Apache-2.0", "open", 5, (_FASHN,)),
        Model(
            "dwpose",
            "DWPose (poses for FASHN VTON)",
            "try_on",
            "fashn",
            "Apache-2.0",
            "open",
            0,
            (_DWPOSE,),
            note="Its training data, COCO-WholeBody, is annotated for non-commercial use; whether that binds the "
            "weights was asked of their authors and not answered.",
        ),
        _catvton(
            "maskfree",
            _PIX2PIX,
            "zhengchong/CatVTON-MaskFree",
            "b034d7700d6bf0e8ae1c01f9398f2eb54df5f52a",
            None,
        ),
        _catvton(
            "masked",
            _INPAINTING,
            "zhengchong/CatVTON",
            "2969fcf85fe62f2036605716f0b56f0b81d01d79",
            _MASKED_ATTENTION,
        ),
        Model(
            "klein", "FLUX.2 klein 4B", "try_on", "klein", "Apache-2.0", "open", 13, (_KLEIN,), note=_EDITS
        ),
        Model(
            "qwen_edit",
            "Qwen-Image-Edit-2511",
            "try_on",
            "qwen_edit",
            "Apache-2.0",
            "open",
            62,
            (_QWEN_EDIT,),
            note=_EDITS,
        ),
        Model(
            "catvton_flux",
            "CatVTON-FLUX (FLUX.1 Fill and a LoRA)",
            "try_on",
            "catvton_flux",
            f"{_FLUX_DEV}; CC BY-NC-SA 2.0",
            "noncommercial",
            14,
            (_FLUX_FILL, _FLUX_GGUF, _FLUX_LORA),
            note="FLUX.1 Fill asks for a token (HF_TOKEN) of an account that agreed to its licence.",
        ),
        Model(
            "sam3",
            "SAM 3 (masks by words)",
            "tailor",
            "sam3",
            "SAM License",
            "restricted",
            6,
            (
                Source(
                    "facebook/sam3",
                    "main",
                    "facebook/sam3",
                    "SAM License",
                    files=(
                        File("config.json", 25_000),
                        File("merges.txt", 525_000),
                        File("model.safetensors", 3_440_000_000),
                        File("tokenizer.json", 3_640_000),
                        File("tokenizer_config.json", 1_000),
                        File("vocab.json", 862_000),
                    ),
                ),
            ),
            note="Business use is allowed within the SAM License, which forbids some uses: read it. The hub asks for a "
            "token (HF_TOKEN) of an account that agreed to it.",
        ),
        Model(
            "segformer",
            "SegFormer B2 (clothes)",
            "tailor",
            "segformer",
            "NVIDIA Source Code License (SegFormer, non-commercial)",
            "noncommercial",
            1,
            (
                Source(
                    "mattmdjaga/segformer_b2_clothes",
                    "584abc1e1d260e23c0fc627c5217a09b2b461046",
                    "mattmdjaga/segformer_b2_clothes",
                    "NVIDIA Source Code License (SegFormer, non-commercial)",
                    (
                        File(
                            "config.json",
                            1_727,
                            "4b5127ca00fe61187b6cc6c232c9e19326ed228683f8f5c221790be9cc196a6e",
                        ),
                        File(
                            "preprocessor_config.json",
                            271,
                            "a608e3a47dcfba8dc052a766babb4b6c963285ab4f176bc6c1eb2b257fd3ad93",
                        ),
                        File(
                            "model.safetensors",
                            109_493_236,
                            "8f86fd90c567afd4370b3cc3a7e81ed767a632b2832a738331af660acc0c4c68",
                        ),
                    ),
                ),
            ),
        ),
        Model("dfine", "D-FINE S (finds people)", "photo_check", "dfine", "Apache-2.0", "open", 1, (_DFINE,)),
    )
}
#: What `auto` can choose, and so what is pulled when nothing is named.
DEFAULT = ("fashn",)
