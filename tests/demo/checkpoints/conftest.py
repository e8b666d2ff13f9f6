import pytest

from tests.demo.checkpoints.states import saved


@pytest.fixture(scope="session")
def three(tmp_path_factory):
    """A folder of checkpoints whose model was trained for three epochs, the second the best, and what they were."""
    root = tmp_path_factory.mktemp("checkpoints")
    return root, saved(root / "jax_mnist", [0.5, 0.9, 0.7])
