"""The rows of the table that tfjs-layers cannot take, and why; it takes all others exactly.

Patterns of labels with a part of the reason; the first that fits is the one that holds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_NOWHERE = (
    "MultiHeadAttention", "GroupQueryAttention", "Attention", "AdditiveAttention", "EinsumDense", "ReversibleEmbedding",
    "Resizing", "AugMix", "CutMix", "MixUp", "RandAugment", "RandomCrop", "Solarization", "AutoContrast",
    "Equalization", "MaxNumBoundingBoxes", "GroupNormalization", "RMSNormalization", "UnitNormalization",
    "SpectralNormalization", "CategoryEncoding", "Discretization", "Hashing", "HashedCrossing", "StringLookup",
    "IntegerLookup", "TextVectorization", "MelSpectrogram", "STFTSpectrogram", "Pipeline", "FeatureSpace",
    "SimpleRNNCell", "LSTMCell", "GRUCell", "ConvLSTM1D", "ConvLSTM3D", "LocallyConnected1D", "LocallyConnected2D",
)  # fmt: skip
_LACKED = "hard_tanh|sparse_sigmoid|exponential|hard_shrink|soft_shrink|squareplus|sparse_plus|glu|sparsemax|own"
_AFTER_POOL = r"Dense|Dropout|SpatialDropout1D|GaussianNoise|Identity|Activation|Activation linear|ReLU|PReLU"

REFUSED: Sequence[tuple[str, str]] = (
    # --- no words for it ---
    (rf"({'|'.join(_NOWHERE)})\b.*", "|".join(("has no such layer", "single numbers", "it takes strings"))),
    (r"ops/.*", "no such layer|more than|whole numbers|single numbers|lacks the activation|divides by zero|strings"),
    (r"GRU( masked|/sequences masked)?|GRU/(?!reset_after=False|any length, reset before).*|RNN/GRUCell|"
     r"RNN/(any length, )?stack( masked|, backwards)?|LSTM/(any length|after an Embedding) masked|"
     r"LSTM/in a model in a model|"
     r"Bidirectional/(.*GRU.*|backwards first|sequences masked, twice|any length masked)|TimeDistributed/masked",
     "lacks reset_after|it is called with mask|hard_sigmoid"),
    (r"LSTM/called twice", "no such layer"),
    (r"RNN/stack, (sequences|initial state|backwards masked)", "states of a stack"),
    (rf"Activation/({_LACKED})(, extremes)?", "lacks the activation"),
    (r"LSTM/.*(hard_sigmoid|leaky_relu)", "lacks its (recurrent_)?activation"),
    (r"ConvLSTM2D/activations", "lacks its recurrent_activation"),
    (r"ConvLSTM2D/(backwards|initial state)", "reverses no five dims"),
    (r"ConvLSTM2D/.*channels first.*", "channels that come first"),
    (r"ReLU/most below threshold", "negative threshold"),
    (r"Conv[12]D/.*groups(?! 4).*", "lacks groups"),
    (r"Conv3D/groups.*", "lacks groups"),
    (r"Conv3DTranspose.*", "transposed convolutions of volumes"),
    (r"DepthwiseConv.*dilation.*", "ignores the dilation"),
    (r"Conv.DTranspose/.*dilation.*", "lacks dilation"),
    (r"Conv.DTranspose/.*output_padding.*", "lacks output_padding"),
    (r"Conv3D/padding same, strides \(1, 3, 2\)|Conv3D/given.*strides 3.*|AveragePooling3D/.*\(3, 2, 1\).*same",
     "misplaces windows"),
    (r"(Adaptive)?MaxPooling3D.*", "no negative numbers|not all of one size"),
    (r"PReLU/last axis shared", "for the last dims alone"),
    (r"Adaptive(?!.*1D/output_size 1$).*", "not all of one size"),
    (r"UpSampling2D/(bilinear|bicubic|lanczos).*", "corners of pixels"),
    (r"Cropping.D/any .*", "dynamic"),
    (r"CenterCrop/(much )?too large", "lacks the resizing"),
    (r"CenterCrop/any size", "has to be known"),
    (r"Normalization/.*(axis 1|axes|fewer dims)", "along an axis that is not the last"),
    (r"BatchNormalization/renorm", "what its arguments ask for"),
    (r"LayerNormalization/rank 5", "four dims at most"),
    (r"Dot/.*rank.*4.*", "three dims at most"),
    (r"Bidirectional/two layers", "backward_layer"),
    (r"Bidirectional/(stack|ConvLSTM1D)", "in both directions"),
    (r"TimeDistributed/(LSTM|stateful|any length of any length|Bidirectional|Sequential|Functional)", "distributes no"),
    (r"LSTM/stateful", "kept between batches"),
    # --- computed otherwise ---
    (r"Softmax/(0|\(0, 1, 2, 3\))", "over the batch"),
    (r"Softmax/(.*mask.*)", "called with mask"),
    (r"Softmax/(\(.*, .*|axes.*)", "infinities"),
    (r"Dot/normalised.*", "short vectors"),
    (r".*(floats?64|float16|bfloat16).*", "it computes in"),
    (r"Dropout/.*training.*", "called with training"),
    (r"ReLU/.*of integers", "whole numbers"),
    (r"ReLU/most 0", "not positive"),
    (r"(?!(Dense|Masking|CenterCrop|Average|BatchNormalization|Normalization|Rescaling)/).*/integers|"
     r"Activation/relu of integers|(Concatenate|Permute)/bools", "gives floats"),
    (r"(Embedding|Flatten)/rank 1", "single numbers"),
    # --- masks ---
    (rf"masks/({_AFTER_POOL}) keeps them|masks/(UpSampling1D|ZeroPadding1D) by . loses them|masks/Masking.*|"
     r"masks/idle .*|GlobalAveragePooling1D/mask(, keepdims|ing layer)?", "leaves out of the mean"),
    (r"masks/given by hand", "called with mask"),
    (r"masks/given to a nested model", "more than its inputs"),
    (r"masks/(Permute twice loses them|through a nested model)", "hands none into a model"),
    (r"masks/EinsumDense.*", "no such layer"),
    (r"Concatenate/.*masks?, axis 1", "join the masks"),
    (r"(Add|Concatenate)/masks in the file", "no such layer|with mask"),
    (r"(Multiply|Maximum|Minimum)/mask.*|(Add|Subtract|Average)/masks \(True, True\)|Concatenate/masks.*",
     "leaves out what is masked"),
    (r"GlobalAveragePooling1D/mask given.*|LSTM/a mask of three dims", "called with mask"),
    (r"LSTM/zeros.*|Bidirectional/(sequences|states) masked.*", "gives zeros where it is masked"),
)  # fmt: skip

# What predict does not take at all, and NaN, which pools, maxima and minima of TensorFlow.js pass over.
UNLIKE = (
    "/empty batch",
    "MaxPooling2D/awkward numbers",
    "AveragePooling2D/awkward numbers",
    "Maximum/awkward",
    "Minimum/awkward",
)


def reason(label: str) -> str | None:
    """A part of the reason for which a row is refused; None for those that are exact."""
    return next((why for pattern, why in REFUSED if re.fullmatch(pattern, label)), None)
