"""Mobile Reception: dossiers received at hamlet tables without a network, once at the centre."""

__version__ = "0.3.0"
