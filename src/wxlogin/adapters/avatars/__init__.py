"""Avatars as files, decoded and encoded anew by Pillow."""

from wxlogin.adapters.avatars.folder import FolderAvatars

__all__ = ["FolderAvatars"]
