"""Each kind of op that is refused has the remedy that helps."""

from __future__ import annotations

import pytest

from totfjs.sources.tensorflow.remedies import remedy, remedy_of


@pytest.mark.parametrize(
    ("op", "part"),
    [
        ("EagerPyFunc", "Python does not run"),
        ("PyFunc", "Python does not run"),
        ("ParseExampleV2", "not serialised examples"),
        ("DecodeJpeg", "tf.browser.fromPixels"),
        ("DecodeWav", "Web Audio API"),
        ("DecodeRaw", "read the data in JavaScript"),
        ("ReadFile", "read the data in JavaScript"),
        ("IteratorGetNext", "tf.data"),
        ("QueueDequeueManyV2", "tf.data"),
        ("SimpleMLInferenceOpWithHandle", "tfjs-tfdf"),
        ("ResourceApplyAdam", "for inference"),
        ("Conv2DBackpropFilter", "for inference"),
        ("ReluGrad", "for inference"),
        ("AssignAddVariableOp", "keeps none"),
        ("ReadVariableOp", "keeps none"),
        ("ResourceScatterUpdate", "keeps none"),
        ("CudnnRNNV3", "use_cudnn=False"),
        ("CollectiveReduceV2", "distribution strategy"),
        ("XlaCallModule", "JAX function itself"),
        ("QuantizeV2", "before it was quantised"),
        ("CTCBeamSearchDecoder", "decode in JavaScript"),
        ("StringToHashBucketFast", "--backends"),
        ("StringJoin", "work on text in JavaScript"),
        ("LookupTableFindV2", "filled when the model is loaded"),
        ("RaggedTensorToVariant", "dense tensors"),
        ("SparseSlice", "tf.sparse.to_dense"),
        ("Addons>GeluOp", "another package"),
        ("SentencepieceTokenizeOp", "another package"),
    ],
)
def test_what_is_refused_has_a_remedy_of_its_own(op: str, part: str) -> None:
    assert part in remedy_of(op)


def test_the_first_op_that_is_known_gives_the_remedy() -> None:
    assert remedy(["Betainc", "DecodePng"]) == remedy_of("DecodePng")


def test_other_ops_are_left_out() -> None:
    assert "--outputs" in remedy(["Betainc"])
    assert remedy_of("Betainc") == ""
