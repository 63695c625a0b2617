"""Attached files: their contents on disk, who may have them, and what of them travels to and from 1C:ERP."""
