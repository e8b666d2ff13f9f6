"""What to do about ops that cannot be converted, by what they are."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Patterns of ops with the one thing to do about them; the first that fits counts.
_TABLE: tuple[tuple[str, str], ...] = (
    (
        r"_Mkl\w+",
        "Save the graph without the optimiser of TensorFlow, with TF_ENABLE_ONEDNN_OPTS=0 in the environment.",
    ),
    (
        r"(Eager|Stateless)?PyFunc(Stateless)?|NumpyFunction",
        "Write that part with ops of TensorFlow and save the model again: Python does not run in a web page.",
    ),
    (
        r"ParseExample(V2)?|ParseSingleExample|ParseSequenceExample(V2)?|ParseTensor|DecodeProtoV2|EncodeProto",
        "Save the model with a signature that takes tensors, not serialised examples.",
    ),
    (
        r"Decode(Image|Jpeg|Png|Gif|Bmp|WebP|AndCropJpeg)|ExtractJpegShape|Encode(Jpeg|Png|JpegVariableQuality)",
        "Save the model with a signature that takes pixels; in the page tf.browser.fromPixels makes them of an image.",
    ),
    (
        r"DecodeWav|EncodeWav|AudioSpectrogram|Mfcc|AudioSummary\w*",
        "Save the model with a signature that takes samples; in the page the Web Audio API decodes sound.",
    ),
    (
        r"Decode(Raw|PaddedRaw|CSV|JSONExample|Compressed|Base64)|EncodeBase64|ReadFile|WriteFile|MatchingFiles|"
        r"(Whole|Text|TFRecord|Identity|FixedLength)\w*Reader\w*|Reader\w+",
        "Save the model with a signature that takes tensors, and read the data in JavaScript.",
    ),
    (
        r"\w*Dataset\w*|\w*Iterator\w*|(FIFO|PaddingFIFO|Priority|RandomShuffle)?Queue\w*|Batch|Unbatch|(Un)?[Ss]tage|"
        r"BatchFunction|Barrier\w*|MapStage|OptionalGetValue",
        "Save the model with a signature that takes tensors: pipelines of tf.data and queues are not part of it.",
    ),
    (
        r"SimpleML\w+",
        "Convert decision forests with the page's own package for them, tfjs-tfdf; graph models do not hold them.",
    ),
    (
        r"(Resource|Sparse)*Apply\w+|\w+Grad(V\d|WithArgmax)?|\w+Backprop(Input|Filter)?(V\d)?|SymbolicGradient",
        "Save a function for inference: a signature that trains is not converted.",
    ),
    (
        r"\w*Assign\w*|ReadVariableOp|(Resource)?Scatter(Nd)?(Update|Add|Sub|Mul|Div|Min|Max)|CountUpTo|LookupTable(Insert|Remove)\w*",
        "Let the function take the state as an input and return it as an output: a web model keeps none.",
    ),
    (
        r"CudnnRNN\w*",
        "Save the model where there is no GPU, or build its layers with use_cudnn=False.",
    ),
    (
        r"Collective\w+|Nccl\w+|TPU\w*|Xla(AllReduce|Send|Recv|Host\w*)|Send|Recv|_Send|_Recv|ReplicateMetadata|"
        r"Infeed\w*|Outfeed\w*",
        "Save the model from one device, without a distribution strategy.",
    ),
    (
        r"XlaCallModule",
        "Convert the JAX function itself: totfjs convert package.module:function OUTPUT.",
    ),
    (
        r"TFLite\w*|Quantize(d)?\w*|Dequantize\w*|Requantiz\w*|UniformQuant\w*|FakeQuant\w+",
        "Convert the model as it was before it was quantised, with --quantize for smaller files.",
    ),
    (
        r"CTC\w+|\w*Sampler\w*|\w*CandidateSampler|GenerateBoundingBoxProposals",
        "Leave these nodes out with --outputs that come before them, and decode in JavaScript.",
    ),
    (
        r"StringToHashBucketFast|StringSplit(V2)?|StaticRegexReplace|RegexReplace|StringLower|StringStrip|Unique\w*",
        "Give --backends that have it, as in --backends cpu,wasm,webgl, or do that part in JavaScript.",
    ),
    (
        r"String\w*|AsString|Substr|ReduceJoin|UnsortedSegmentJoin|\w*Regex\w*|Unicode\w+",
        "Save the model with a signature that takes what is made of the text, and work on text in JavaScript.",
    ),
    (
        r"\w*HashTable\w*|InitializeTable\w*|LookupTable\w+",
        "Save the model with a table of text or whole numbers that is filled when the model is loaded, and stays so.",
    ),
    (
        r"Ragged\w+",
        "Save the model with a signature that takes and gives dense tensors: pad with RaggedTensor.to_tensor outside.",
    ),
    (
        r"\w*Sparse\w*|\w*SetOperation|\w*SetSize",
        "Save the model with dense tensors: tf.sparse.to_dense before the signature.",
    ),
    (
        r"\w+>\w+|Wordpiece\w*|Sentencepiece\w*|\w*Tokeniz\w*|NormalizeUTF8\w*|CaseFoldUTF8|Addons\w*|\w*OpKernel",
        "It is an op of another package, not of TensorFlow: write that part with TensorFlow's ops, or in JavaScript.",
    ),
)
_ANY = "Leave these nodes out with --outputs that come before them, and do that part in JavaScript."


def remedy(ops: Iterable[str]) -> str:
    """One thing to do about ops that were refused: what suits the first that is known to the table."""
    return next((found for op in ops if (found := remedy_of(op))), _ANY)


def remedy_of(op: str) -> str:
    """What to do about an op; empty where nothing better is known than to leave it out."""
    return next((text for pattern, text in _TABLE if re.fullmatch(pattern, op)), "")
