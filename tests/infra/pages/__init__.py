"""Tests of templates, assets and frames."""
