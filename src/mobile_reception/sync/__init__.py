"""The road between laptop and centre: what both say (``protocol``) and the laptop's side (``client``)."""
