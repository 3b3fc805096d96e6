"""The laptop's encrypted file: journal, tables for reading, search, drafts, keys, backups."""
