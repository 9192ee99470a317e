"""Tests. Rules need no app; everything else takes its fixtures from conftest.py and its data from make.py."""
