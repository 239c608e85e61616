"""Translating: texts are marked where they stand, and translated where they are shown."""

from novigem.views.translating import N_

__all__ = ["N_"]
