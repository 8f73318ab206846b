"""Tests that open the mini-program's preview in headless Chromium."""
