"""Raster arithmetic that knows no digits: components, parts, morphology, resampling, histograms."""
