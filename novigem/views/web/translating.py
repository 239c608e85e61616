"""Kept while pages still ask here; see `novigem.views.translating`."""

from novigem.views.translating import N_

__all__ = ["N_"]
