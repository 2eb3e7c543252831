"""Raster arithmetic that knows no digits: components, morphology, resampling, histograms."""
