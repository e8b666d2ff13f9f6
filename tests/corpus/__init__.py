"""Whole models of many kinds, each small, with random parameters: the corpus that conversion is held against."""
