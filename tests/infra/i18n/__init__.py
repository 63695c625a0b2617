"""Tests of languages, numbers and dates."""
