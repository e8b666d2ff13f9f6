import logging
import warnings

from absl import logging as absl_logging

from jax_to_tfjs_demo.checkpoints.quiet import quiet
from tests.demo.checkpoints.states import saved


def test_orbax_says_nothing_and_others_do(tmp_path, caplog):
    before = absl_logging.get_absl_logger().level, list(logging.getLogger("absl").filters)
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "absl"), quiet():
        saved(tmp_path, [0.1])
        absl_logging.warning("from elsewhere")
    assert [record.message for record in caplog.records if record.name == "absl"] == ["from elsewhere"]
    assert (absl_logging.get_absl_logger().level, logging.getLogger("absl").filters) == before


def test_saving_warns_of_nothing(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        saved(tmp_path, [0.1])
