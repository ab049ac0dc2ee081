"""Keeps track of assets, their owners and what they are worth."""
