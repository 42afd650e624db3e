"""The parts of the hand-made terminal that `tests.scene` puts together."""
