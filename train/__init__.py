"""Makes the models: data, architectures, training, evaluation; run as `python -m train`."""
