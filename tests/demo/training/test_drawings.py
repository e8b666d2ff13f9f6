from jax_to_tfjs_demo.training.drawings import draw
from jax_to_tfjs_demo.training.metrics import EpochScore


def test_both_are_written_whole_and_nothing_else(tmp_path):
    scores = [EpochScore(epoch, 0.1, 0.9, 0.1, 0.9, 1.0, 1.0, ((9, 1), (1, 9))) for epoch in (1, 2)]
    draw(tmp_path, "jax_mnist", scores[:1], ("a", "b"))
    draw(tmp_path, "jax_mnist", scores, ("a", "b"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["confusion.svg", "curves.svg"]
    assert "after epoch 2" in (tmp_path / "confusion.svg").read_text()
    assert "Epochs 1 to 2" in (tmp_path / "curves.svg").read_text()
