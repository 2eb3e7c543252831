"""The commands of the training, one in each module; `train` is the one without a name."""
