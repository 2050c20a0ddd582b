"""Which extractor is meant by a name or a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ganstudio.errors import UserError, unknown_name

if TYPE_CHECKING:
    import torch

    from ganstudio.evaluation.extractors import Extractor

NAMES: Final = ("mobilenet", "inception")
_FILES: Final = (".onnx", ".safetensors", ".pth")


def choose_extractor(choice: str, device: torch.device | None = None) -> Extractor:
    """``mobilenet``, which is shipped; ``inception``, whose weights are looked for in the folder of weights; a file of
    Inception's weights; or an ONNX module. UserError when it is none of these, or cannot be used."""
    from ganstudio.evaluation import extractors

    name = choice.strip()
    if name.lower() == "mobilenet":
        return extractors.MobileNetExtractor(device)
    if name.lower() == "inception":
        from ganstudio.evaluation.fid_inception import InceptionExtractor, find_weights

        return InceptionExtractor(find_weights(), device)
    file = Path(name).expanduser()
    if file.suffix.lower() not in _FILES:
        if file.is_file():
            known = ", ".join(_FILES)
            raise UserError(f"An extractor's file ends in {known}; {file.name} does not.", path="evaluation.extractor")
        raise unknown_name("extractor", name, NAMES, path="evaluation.extractor")
    if file.suffix.lower() == ".onnx":
        from ganstudio.evaluation.onnx_module import OnnxExtractor

        return OnnxExtractor(file)
    from ganstudio.evaluation.fid_inception import InceptionExtractor

    return InceptionExtractor(file, device)
